#!/bin/sh
# The language server that chunk-serve(1) shows, under an editor.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

command -v nvim >/dev/null || skip 'no Neovim'
command -v python3 >/dev/null || skip 'no Python'

sed -n '/^\$ cat >lsp\.py/,/^> END/s/^> //p' "$tests/../../man/chunk-serve.1" |
  sed -e '/^END$/d' -e 's/\\e/\\/g' >lsp.py
cat >init.lua <<'LUA'
local out = io.open('answers', 'w')
local id = vim.lsp.start_client({
  cmd = { 'chunk-serve', '-q', '-p', 'lsp', '--worker', 'exec python3 lsp.py', '-' },
  root_dir = vim.fn.getcwd(),
})
vim.lsp.buf_attach_client(0, id)
local client
vim.wait(20000, function()
  client = vim.lsp.get_client_by_id(id)
  return client and client.initialized
end)
out:write('hover: ' .. tostring(client.server_capabilities.hoverProvider) .. '\n')
local reply = client.request_sync('textDocument/hover', vim.lsp.util.make_position_params(), 20000, 0)
out:write(reply.result.contents .. '\n')
out:close()
vim.cmd('qa!')
LUA
HOME=$PWD XDG_RUNTIME_DIR=$PWD nvim --headless -u init.lua lsp.py >nvim.log 2>&1
run cat answers
expect_out 'hover: true' hello
