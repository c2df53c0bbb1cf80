# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_swanwatch_global_optspecs
    string join \n h/help V/version
end

function __fish_swanwatch_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_swanwatch_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_swanwatch_using_subcommand
    set -l cmd (__fish_swanwatch_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c swanwatch -n "__fish_swanwatch_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c swanwatch -n "__fish_swanwatch_needs_command" -s V -l version -d 'Print version'
complete -c swanwatch -n "__fish_swanwatch_needs_command" -f -a "run" -d 'Watch, in the foreground: this is the service'
complete -c swanwatch -n "__fish_swanwatch_needs_command" -f -a "status" -d 'Say what is wrong, what to do about it, and what is not watched'
complete -c swanwatch -n "__fish_swanwatch_needs_command" -f -a "sas" -d 'List every SA: who encrypts it, who should, and what it carried'
complete -c swanwatch -n "__fish_swanwatch_needs_command" -f -a "top" -d 'Show the SAs and devices that carry most, live: who encrypts them, their rates, what they drop'
complete -c swanwatch -n "__fish_swanwatch_needs_command" -f -a "explain" -d 'Tell the story of a connection, an SA or a finding, with the source of every line'
complete -c swanwatch -n "__fish_swanwatch_needs_command" -f -a "probe" -d 'Try SAs on a device and show what it can really do'
complete -c swanwatch -n "__fish_swanwatch_needs_command" -f -a "remedy" -d 'Have the running service mend something now, also where \'act:\' does not allow it; its limits still hold'
complete -c swanwatch -n "__fish_swanwatch_needs_command" -f -a "history" -d 'Show what was found, opened, changed and closed, when the daemon came and went, and when the service did'
complete -c swanwatch -n "__fish_swanwatch_needs_command" -f -a "record" -d 'Have the running service record what it sees, into a new file'
complete -c swanwatch -n "__fish_swanwatch_needs_command" -f -a "replay" -d 'Play a recorded run again and say what is found, and whether it is the same as then'
complete -c swanwatch -n "__fish_swanwatch_needs_command" -f -a "bundle" -d 'Put status, SAs, history, the last minutes, a recording, versions and configuration into one file, for somebody who was not there'
complete -c swanwatch -n "__fish_swanwatch_needs_command" -f -a "check" -d 'One line for Nagios, Icinga and their like: what is wrong, and performance data'
complete -c swanwatch -n "__fish_swanwatch_needs_command" -f -a "check-config" -d 'Read a configuration and say all that is wrong with it, and which drop-ins the unit needs for it'
complete -c swanwatch -n "__fish_swanwatch_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c swanwatch -n "__fish_swanwatch_using_subcommand run" -l config -d 'The configuration; without it /etc/swanwatch/swanwatch.yaml, which may be absent' -r -F
complete -c swanwatch -n "__fish_swanwatch_using_subcommand run" -l record -d 'Record the whole run into this new file' -r -F
complete -c swanwatch -n "__fish_swanwatch_using_subcommand run" -l socket -d 'Socket of the running service' -r -F
complete -c swanwatch -n "__fish_swanwatch_using_subcommand run" -s h -l help -d 'Print help'
complete -c swanwatch -n "__fish_swanwatch_using_subcommand status" -l socket -d 'Socket of the running service' -r -F
complete -c swanwatch -n "__fish_swanwatch_using_subcommand status" -l json -d 'One JSON object'
complete -c swanwatch -n "__fish_swanwatch_using_subcommand status" -l once -d 'Look at the kernel and the daemon once, without a service'
complete -c swanwatch -n "__fish_swanwatch_using_subcommand status" -s v -l verbose -d 'With what the system said of each source that does not work'
complete -c swanwatch -n "__fish_swanwatch_using_subcommand status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c swanwatch -n "__fish_swanwatch_using_subcommand sas" -l connection -d 'Only those of this connection' -r
complete -c swanwatch -n "__fish_swanwatch_using_subcommand sas" -l device -d 'Only those on this device' -r
complete -c swanwatch -n "__fish_swanwatch_using_subcommand sas" -l socket -d 'Socket of the running service' -r -F
complete -c swanwatch -n "__fish_swanwatch_using_subcommand sas" -l json -d 'One JSON object a line'
complete -c swanwatch -n "__fish_swanwatch_using_subcommand sas" -l once -d 'Look at the kernel and the daemon once, without a service'
complete -c swanwatch -n "__fish_swanwatch_using_subcommand sas" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c swanwatch -n "__fish_swanwatch_using_subcommand top" -l sort -d 'What SAs are sorted by: packets, bytes, drops or total' -r
complete -c swanwatch -n "__fish_swanwatch_using_subcommand top" -l limit -d 'How many SAs, with --once or --json' -r
complete -c swanwatch -n "__fish_swanwatch_using_subcommand top" -l socket -d 'Socket of the running service' -r -F
complete -c swanwatch -n "__fish_swanwatch_using_subcommand top" -l json -d 'One JSON object, once'
complete -c swanwatch -n "__fish_swanwatch_using_subcommand top" -l once -d 'Print once and end'
complete -c swanwatch -n "__fish_swanwatch_using_subcommand top" -s h -l help -d 'Print help'
complete -c swanwatch -n "__fish_swanwatch_using_subcommand explain" -l seconds -d 'How long to count' -r
complete -c swanwatch -n "__fish_swanwatch_using_subcommand explain" -l socket -d 'Socket of the running service' -r -F
complete -c swanwatch -n "__fish_swanwatch_using_subcommand explain" -l measure -d 'Count the packets of the SA with this SPI that the CPU encrypts or decrypts, exactly, instead of telling its story'
complete -c swanwatch -n "__fish_swanwatch_using_subcommand explain" -l json -d 'One JSON object'
complete -c swanwatch -n "__fish_swanwatch_using_subcommand explain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c swanwatch -n "__fish_swanwatch_using_subcommand probe" -l connections -d 'Compare what is remembered of the devices (or of this one) with every connection that the daemon has loaded'
complete -c swanwatch -n "__fish_swanwatch_using_subcommand probe" -l packet -d 'Try packet mode on mlx5 too: while such an SA stands, changes of eswitch and TC offload are refused'
complete -c swanwatch -n "__fish_swanwatch_using_subcommand probe" -l force -d 'Probe a bond: on some kernels that overwrites memory or crashes the kernel'
complete -c swanwatch -n "__fish_swanwatch_using_subcommand probe" -l json -d 'One JSON object'
complete -c swanwatch -n "__fish_swanwatch_using_subcommand probe" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c swanwatch -n "__fish_swanwatch_using_subcommand remedy" -l kind -d 'Which remedy, if not the usual one' -r -f -a "rekey\t''
reinstall\t''
restart\t''
restart-hung\t''
fence\t''
evacuate\t''"
complete -c swanwatch -n "__fish_swanwatch_using_subcommand remedy" -l socket -d 'Socket of the running service' -r -F
complete -c swanwatch -n "__fish_swanwatch_using_subcommand remedy" -l back -d 'With \'--kind evacuate\': put the SAs back on the device, and end the evacuation'
complete -c swanwatch -n "__fish_swanwatch_using_subcommand remedy" -l leave-packet-mode -d 'With \'--kind evacuate\': leave SAs in packet mode where they are, instead of refusing'
complete -c swanwatch -n "__fish_swanwatch_using_subcommand remedy" -l dry-run -d 'Show each step and do nothing'
complete -c swanwatch -n "__fish_swanwatch_using_subcommand remedy" -l json -d 'One JSON object'
complete -c swanwatch -n "__fish_swanwatch_using_subcommand remedy" -s h -l help -d 'Print help'
complete -c swanwatch -n "__fish_swanwatch_using_subcommand history" -l since -d 'From then on: a local time as it is shown here (\'2026-03-01 02:00\'), a day (2026-03-01), today, yesterday, a span back from now (24h, 7d, 2 weeks), or a time with its offset (2026-03-01T02:00:00Z)' -r
complete -c swanwatch -n "__fish_swanwatch_using_subcommand history" -l until -d 'Up to then, in the same forms' -r
complete -c swanwatch -n "__fish_swanwatch_using_subcommand history" -l connection -d 'Only what concerns this connection' -r
complete -c swanwatch -n "__fish_swanwatch_using_subcommand history" -l file -d 'Read this file, and ask no service' -r -F
complete -c swanwatch -n "__fish_swanwatch_using_subcommand history" -l socket -d 'Socket of the running service' -r -F
complete -c swanwatch -n "__fish_swanwatch_using_subcommand history" -l json -d 'One JSON object a line'
complete -c swanwatch -n "__fish_swanwatch_using_subcommand history" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c swanwatch -n "__fish_swanwatch_using_subcommand record" -l socket -d 'Socket of the running service' -r -F
complete -c swanwatch -n "__fish_swanwatch_using_subcommand record" -l stop -d 'End the recording that is being made'
complete -c swanwatch -n "__fish_swanwatch_using_subcommand record" -s h -l help -d 'Print help'
complete -c swanwatch -n "__fish_swanwatch_using_subcommand replay" -l json -d 'One JSON object'
complete -c swanwatch -n "__fish_swanwatch_using_subcommand replay" -s h -l help -d 'Print help'
complete -c swanwatch -n "__fish_swanwatch_using_subcommand bundle" -l seconds -d 'How long the recording is; 0 for none' -r
complete -c swanwatch -n "__fish_swanwatch_using_subcommand bundle" -l config -d 'The configuration of the service' -r -F
complete -c swanwatch -n "__fish_swanwatch_using_subcommand bundle" -l socket -d 'Socket of the running service' -r -F
complete -c swanwatch -n "__fish_swanwatch_using_subcommand bundle" -l anonymize -d 'Replace addresses and names, each by the same one wherever it stands; networks stay networks'
complete -c swanwatch -n "__fish_swanwatch_using_subcommand bundle" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c swanwatch -n "__fish_swanwatch_using_subcommand check" -l socket -d 'Socket of the running service' -r -F
complete -c swanwatch -n "__fish_swanwatch_using_subcommand check" -l json -d 'One JSON object'
complete -c swanwatch -n "__fish_swanwatch_using_subcommand check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c swanwatch -n "__fish_swanwatch_using_subcommand check-config" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c swanwatch -n "__fish_swanwatch_using_subcommand help; and not __fish_seen_subcommand_from run status sas top explain probe remedy history record replay bundle check check-config help" -f -a "run" -d 'Watch, in the foreground: this is the service'
complete -c swanwatch -n "__fish_swanwatch_using_subcommand help; and not __fish_seen_subcommand_from run status sas top explain probe remedy history record replay bundle check check-config help" -f -a "status" -d 'Say what is wrong, what to do about it, and what is not watched'
complete -c swanwatch -n "__fish_swanwatch_using_subcommand help; and not __fish_seen_subcommand_from run status sas top explain probe remedy history record replay bundle check check-config help" -f -a "sas" -d 'List every SA: who encrypts it, who should, and what it carried'
complete -c swanwatch -n "__fish_swanwatch_using_subcommand help; and not __fish_seen_subcommand_from run status sas top explain probe remedy history record replay bundle check check-config help" -f -a "top" -d 'Show the SAs and devices that carry most, live: who encrypts them, their rates, what they drop'
complete -c swanwatch -n "__fish_swanwatch_using_subcommand help; and not __fish_seen_subcommand_from run status sas top explain probe remedy history record replay bundle check check-config help" -f -a "explain" -d 'Tell the story of a connection, an SA or a finding, with the source of every line'
complete -c swanwatch -n "__fish_swanwatch_using_subcommand help; and not __fish_seen_subcommand_from run status sas top explain probe remedy history record replay bundle check check-config help" -f -a "probe" -d 'Try SAs on a device and show what it can really do'
complete -c swanwatch -n "__fish_swanwatch_using_subcommand help; and not __fish_seen_subcommand_from run status sas top explain probe remedy history record replay bundle check check-config help" -f -a "remedy" -d 'Have the running service mend something now, also where \'act:\' does not allow it; its limits still hold'
complete -c swanwatch -n "__fish_swanwatch_using_subcommand help; and not __fish_seen_subcommand_from run status sas top explain probe remedy history record replay bundle check check-config help" -f -a "history" -d 'Show what was found, opened, changed and closed, when the daemon came and went, and when the service did'
complete -c swanwatch -n "__fish_swanwatch_using_subcommand help; and not __fish_seen_subcommand_from run status sas top explain probe remedy history record replay bundle check check-config help" -f -a "record" -d 'Have the running service record what it sees, into a new file'
complete -c swanwatch -n "__fish_swanwatch_using_subcommand help; and not __fish_seen_subcommand_from run status sas top explain probe remedy history record replay bundle check check-config help" -f -a "replay" -d 'Play a recorded run again and say what is found, and whether it is the same as then'
complete -c swanwatch -n "__fish_swanwatch_using_subcommand help; and not __fish_seen_subcommand_from run status sas top explain probe remedy history record replay bundle check check-config help" -f -a "bundle" -d 'Put status, SAs, history, the last minutes, a recording, versions and configuration into one file, for somebody who was not there'
complete -c swanwatch -n "__fish_swanwatch_using_subcommand help; and not __fish_seen_subcommand_from run status sas top explain probe remedy history record replay bundle check check-config help" -f -a "check" -d 'One line for Nagios, Icinga and their like: what is wrong, and performance data'
complete -c swanwatch -n "__fish_swanwatch_using_subcommand help; and not __fish_seen_subcommand_from run status sas top explain probe remedy history record replay bundle check check-config help" -f -a "check-config" -d 'Read a configuration and say all that is wrong with it, and which drop-ins the unit needs for it'
complete -c swanwatch -n "__fish_swanwatch_using_subcommand help; and not __fish_seen_subcommand_from run status sas top explain probe remedy history record replay bundle check check-config help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
