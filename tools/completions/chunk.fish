# Completion for fish of chunk-send, chunk-recv, chunk-dump and chunk-serve. What options there are, and
# what values, the tools say themselves.

# The words that an option takes: with a wrong one a tool names them, and does nothing.
function __chunk_words --argument-names tool option
    $tool $option='?' --help 2>&1 >/dev/null </dev/null |
        string replace -rf '.* not in \{(.*)\}.*' '$1' | string split ,
end

# The directories in which the tools look for protocols by their names
function __chunk_directories
    set -l own $HOME/.config
    test -n "$XDG_CONFIG_HOME"; and set own $XDG_CONFIG_HOME
    set -l shared /usr/local/share /usr/share
    test -n "$XDG_DATA_DIRS"; and set shared (string split : -- $XDG_DATA_DIRS)
    printf '%s/chunk/protocols\n' $own $shared
end

function __chunk_protocols
    printf '%s\n' example none guess
    for directory in (__chunk_directories)
        for file in $directory/*.toml
            basename $file .toml
        end
    end
end

# The IDs of the protocol that the command line names, of which a file has them in its tables.
function __chunk_ids
    set -l words (commandline -opc)
    set -l protocol example
    for at in (seq (count $words))
        switch $words[$at]
            case -p --protocol
                set -l next (math $at + 1)
                set -q words[$next]; and set protocol $words[$next]
            case '--protocol=*'
                set protocol (string replace -- --protocol= '' $words[$at])
        end
    end
    if test $protocol = example
        printf '%s\n' NOOP ECHO SHUT DLAY CMPU ANSR NTVL OPER OPND VALU STS%20
        return
    end
    for directory in (__chunk_directories)
        test ! -f $protocol -a -f $directory/$protocol.toml
        and set protocol $directory/$protocol.toml
    end
    if test -f $protocol
        string replace -rf '^ *\[ *"?([^]"]*)"? *\].*' '$1' <$protocol | string replace -a ' ' '%20'
    end
end

function __chunk_actions
    printf '%s\n' request: requestd: expect: expect,exact: expect-raw: expect-close \
        expect-nothing: raw-send: raw-receive: within: delay: timeout: slice: shutdown close reset \
        connect let: repeat: end test-case: skip-if: wait-for: run: start: @
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
            '^  (?:-(?<short>[A-Za-z]),)?--(?<long>[a-z0-9-]+)(?: (?<value>[A-Z|]+))?(?: +(?<text>.*))?$' -- $line
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
