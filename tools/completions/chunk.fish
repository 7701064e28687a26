# Completion for fish of chunk-send, chunk-recv, chunk-dump and chunk-serve. What options there are, and
# what values, the tools say themselves.

# The words that an option takes: a tool names them when it refuses another one. Where `?` is a right one, it
# refuses `--=`, which is no option of any tool. A word that a file follows ends with a colon.
function __chunk_words --argument-names tool option
    $tool $option='?' --= 2>&1 >/dev/null </dev/null |
        string replace -rf '.* not in \{(.*)\}.*' '$1' | string replace -a :FILE : | string split ,
end

function __chunk_protocols
    set -l words (commandline -opc)
    $words[1] --list-protocols 2>/dev/null </dev/null
end

# The IDs of the protocol that the command line names, as the tool lists them.
function __chunk_ids
    set -l words (commandline -opc)
    set -l protocol
    for at in (seq (count $words))
        switch $words[$at]
            case -p --protocol
                set -l next (math $at + 1)
                set -q words[$next]; and set protocol --protocol=$words[$next]
            case '--protocol=*'
                set protocol $words[$at]
        end
    end
    $words[1] $protocol --list-ids 2>/dev/null </dev/null
end

# The ID of requests, and the command that answers them
function __chunk_handlers
    if commandline -ct | string replace -r '^--[a-z-]+=' '' | string match -q '*=*'
        __fish_complete_command
    else
        printf '%s=\n' (__chunk_ids)
    end
end

# The actions of chunk-send, with a colon where an argument has to follow, and what each does. Behind a
# colon, the IDs that may be the argument of an action, or in a chunk.
function __chunk_actions
    set -l word (commandline -ct)
    if string match -q '*:*' -- $word
        set -l name (string replace -r ':.*' '' -- $word)
        set -l takes (chunk-send --list-actions 2>/dev/null |
            awk -F '\t' -v name=$name '$1 == name { kind = $2; found = 1 } END { print found ? kind : "ID" }')
        string match -q 'ID*' -- $takes
        and printf '%s\n' (string replace -r '[^:]*$' '' -- $word)(__chunk_ids)
        return
    end
    chunk-send --list-actions 2>/dev/null |
        awk -F '\t' '$1 != "" { print $1 ($1 == "@" || $2 ~ /^(\[|$)/ ? "" : ":") "\t" $3 }'
    __chunk_ids
end

function __chunk_addresses
    printf '%s\n' unix: abstract: tcp: tls: vsock: fd:
    __fish_complete_path (commandline -ct)
end

# Makes the completions of one tool from its help.
function __chunk_complete --argument-names tool
    complete -c $tool -e
    for line in ($tool --help 2>/dev/null)
        set -l short
        set -l long
        set -l value
        set -l text
        string match -rq \
            '^  (?:-(?<short>[A-Za-z]),)?--(?<long>[a-z0-9-]+)(?: (?<value>[A-Z|=]+))?(?: +(?<text>.*))?$' -- $line
        or continue
        set -l how -l $long -d "$text"
        test -n "$short"; and set -a how -s $short
        switch "$value"
            case ''
                set -a how -f
            case FILE
                set -a how -r -F
            case ADDR LISTEN
                set -a how -x -a '(__chunk_addresses)'
            case ID
                set -a how -x -a '(__chunk_ids)'
            case 'ID=COMMAND'
                set -a how -x -a '(__chunk_handlers)'
            case COMMAND
                set -a how -x -a '(__fish_complete_command)'
            case '*'
                if test $long = protocol
                    set -a how -r -F -a '(__chunk_protocols)'
                else
                    set -a how -x -a "(__chunk_words $tool --$long)"
                end
        end
        complete -c $tool $how
    end
    switch $tool
        case chunk-send
            complete -c $tool -f -a '(__chunk_actions)'
        case chunk-serve
            complete -c $tool -f -a '(__chunk_addresses)'
        case chunk-recv
            complete -c $tool -f
    end
end

for tool in chunk-send chunk-recv chunk-dump chunk-serve
    command -q $tool; and __chunk_complete $tool
end
