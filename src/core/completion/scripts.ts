import type { Command } from '../commands/command.ts';
import { completionStamp, stampKey } from './stamp.ts';

export const shells = ['bash', 'zsh', 'fish', 'powershell'] as const;
export type Shell = (typeof shells)[number];

/** The program by name, from PATH: a completion must not run a file of the current folder. */
const bodies: Record<Shell, string> = {
  bash: `_agentworks() {
    local line value
    COMPREPLY=()
    while IFS= read -r line; do
        if [[ $line == :files ]]; then
            compopt -o default 2>/dev/null
            return 0
        fi
        value=\${line%%$'\\t'*}
        COMPREPLY+=("$value")
    done < <(command agentworks __complete bash "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null </dev/null)
}
complete -F _agentworks agentworks agw
`,
  zsh: `_agentworks() {
    local -a lines values shown
    local line value help
    lines=("\${(@f)$(command agentworks __complete zsh "\${(@)words[2,CURRENT]}" 2>/dev/null </dev/null)}")
    for line in $lines; do
        if [[ $line == :files ]]; then
            [[ $PREFIX == --*=* ]] && compset -P '*='
            _files
            return
        fi
        value=\${line%%$'\\t'*}
        help=\${line#*$'\\t'}
        [[ -n $value ]] || continue
        values+=("$value")
        if [[ -n $help && $help != $line ]]; then shown+=("$value  -- $help"); else shown+=("$value"); fi
    done
    (( $#values )) && compadd -l -d shown -- $values
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _agentworks "$@"
else
    compdef _agentworks agentworks agw
fi
`,
  fish: `function __agentworks_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l lines (command agentworks __complete fish $words[2..-1] 2>/dev/null </dev/null)
    if test (count $lines) -eq 1; and test "$lines[1]" = ":files"
        set -l current (commandline -ct)
        if string match -q -- '--*=*' $current
            set -l parts (string split -m 1 = -- $current)
            for path in (__fish_complete_path $parts[2])
                echo $parts[1]=$path
            end
        else
            __fish_complete_path $current
        end
        return
    end
    test (count $lines) -gt 0; and printf '%s\\n' $lines
end
complete -c agentworks -f -a '(__agentworks_complete)'
complete -c agw -f -a '(__agentworks_complete)'
`,
  powershell: `Register-ArgumentCompleter -Native -CommandName agentworks, agw -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements | Select-Object -Skip 1 | Where-Object { $_.Extent.EndOffset -le $cursorPosition } | ForEach-Object { $_.Extent.Text.Trim("'", '"') })
    if ($wordToComplete -eq '') { $words += '__empty__' }
    $lines = @(agentworks __complete powershell @words 2>$null)
    if ($lines.Count -eq 1 -and $lines[0] -eq ':files') { return }
    foreach ($line in $lines) {
        $value, $help = $line -split "\`t", 2
        if (-not $help) { $help = $value }
        [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $help)
    }
}
`,
};

/** Windows PowerShell drops empty arguments of programs; this word stands for one. */
export const emptyWord = '__empty__';

const protocol = '1';

export const stampOf = (commands: readonly Command[]): string =>
  completionStamp(commands, `${protocol}\n${Object.values(bodies).join('')}`);

/** The script of a shell: a stub that asks the program. */
export function completionScript(shell: Shell, commands: readonly Command[]): string {
  const head = shell === 'zsh' ? '#compdef agentworks agw\n' : '';
  return `${head}# ${stampKey} ${stampOf(commands)}\n${bodies[shell]}`;
}
