" Vim syntax of the scripts of chunk-send and chunk-serve; see chunk-script(5).
" Use it by `:set filetype=chunk-script`, or with a last line `# vim: ft=chunk-script`.
if exists('b:current_syntax')
  finish
endif

syntax match chunkComment '^\s*#.*$'
syntax match chunkConnection '^\s*[A-Za-z_][A-Za-z0-9_-]*> '
syntax match chunkCase '^\s*test-case:.*$'
syntax match chunkAction '\v^\s*([A-Za-z_][A-Za-z0-9_-]*\> )?\zs(raw-send|preamble|slice|request|requestd|expect|expect,exact|until|on|expect-raw|expect-close|expect-nothing|raw-receive|connect|shutdown|close|reset|within|delay|at|timeout|let|repeat|retry|for-each|end|skip-if|wait-for|run|start)\ze(:|$)'
syntax match chunkAction '\v^\s*([A-Za-z_][A-Za-z0-9_-]*\> )?\zs\@'
syntax match chunkEscape '%\x\x'
syntax match chunkValue '%{[^}]*}'
syntax match chunkCapture '[:=]\zs{[A-Za-z_][A-Za-z0-9_-]*}'
syntax match chunkRegex '[:=]\zs\~[^:]*' contains=chunkEscape,chunkValue

highlight default link chunkComment Comment
highlight default link chunkConnection Identifier
highlight default link chunkCase Title
highlight default link chunkAction Statement
highlight default link chunkEscape SpecialChar
highlight default link chunkValue Identifier
highlight default link chunkCapture Identifier
highlight default link chunkRegex String

let b:current_syntax = 'chunk-script'
