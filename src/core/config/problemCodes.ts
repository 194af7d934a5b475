export interface ProblemKind {
  /** What it is, one sentence. */
  says: string;
  /** Why it matters and what to do; Markdown. */
  advice: string;
  /** How editors show the text: faded, or struck through. */
  tag?: 'unnecessary' | 'deprecated';
}

/** Every kind of problem; `docs/reference/problems.md` is generated from this table, one heading per code. */
export const problemCodes = {
  'missing-file': {
    says: 'There is no configuration file.',
    advice: 'Create one with `agentworks config init`.',
  },
  'toml-syntax': {
    says: 'The text is not TOML.',
    advice: 'Nothing of the file is used until it is. All other problems are reported all the same.',
  },
  'toml-duplicate': {
    says: 'A key or table is defined twice, or as two different things.',
    advice: 'Keep one of the two places and move what the other has into it.',
  },
  'toml-version': {
    says: 'TOML 1.1 syntax that older programs cannot read.',
    advice:
      'Agentworks reads TOML 1.1. The Python CLI 0.2.1 reads 1.0: line breaks and trailing commas in inline tables, `\\e`, `\\x` and times without seconds are refused there.',
  },
  'unknown-key': {
    says: 'Nothing reads this key or section.',
    advice:
      'Correct the spelling, move it to the section it belongs in, or remove it. A frequent cause is a header above it that is still commented out, so that the key falls into the section before.',
  },
  'removed-key': {
    says: 'This key or section is no longer read; something else replaces it.',
    advice: 'Move the value to the place that the message names.',
    tag: 'deprecated',
  },
  'deprecated-key': {
    says: 'This key or section still works under an old name.',
    advice: 'Rename it.',
    tag: 'deprecated',
  },
  'no-effect': {
    says: 'This key is read and does nothing here.',
    advice: 'Remove it, or set it where the message says.',
    tag: 'unnecessary',
  },
  'wrong-type': {
    says: 'The value has another type than the key wants.',
    advice:
      'Other programs convert such values in silence: text in place of a list becomes a list of letters, and the text `"false"` means true. Here they are refused.',
  },
  'converted-value': {
    says: 'The value has another type and was converted, as other programs do.',
    advice: 'Write it in the type that the key wants.',
  },
  'out-of-range': {
    says: 'The number is too small or too large.',
    advice: 'The message names the range.',
  },
  'not-allowed': {
    says: 'The value is not one of those allowed, or breaks a rule of form.',
    advice: 'The message names what is allowed, such as the limits of Linux for the name of a user.',
  },
  'missing-key': {
    says: 'A required key is missing.',
    advice: 'Add it to the section or entry.',
  },
  'bad-name': {
    says: 'The name of an entry breaks the rules for names.',
    advice: 'Rename the entry and what refers to it.',
  },
  'name-collision': {
    says: 'Two names mean the same thing.',
    advice: 'Rename one of them.',
  },
  'unknown-reference': {
    says: 'The name refers to something that does not exist.',
    advice: 'Correct the name, or add the entry.',
  },
  'inheritance-cycle': {
    says: 'Templates inherit from each other in a circle.',
    advice: 'Take one of them out of the other’s `inherits`. The message shows the way around.',
  },
  'inheritance-depth': {
    says: 'A chain of `inherits` is too long.',
    advice: 'Let templates inherit from fewer others.',
  },
  'empty-list': {
    says: 'An empty list takes nothing away from what is inherited.',
    advice: 'Lists add to what is inherited. Write `["!*"]` to drop all inherited items, or `["!name"]` to drop one.',
    tag: 'unnecessary',
  },
  'removes-nothing': {
    says: 'A `!name` item takes out something that is not inherited.',
    advice: 'Remove the item, or correct its name.',
    tag: 'unnecessary',
  },
  'repeats-inherited': {
    says: 'The key has the value that is inherited anyway.',
    advice: 'Remove it, unless it has to stay when the other template changes.',
    tag: 'unnecessary',
  },
  'resets-inherited': {
    says: 'The key puts the built-in default back in place of an inherited value.',
    advice: 'Remove the key to keep what is inherited. Keep it if that is what you want.',
  },
  'parents-disagree': {
    says: 'Two templates in one `inherits` set the same key to different values.',
    advice: 'The later one wins. Set the key in the template itself to say which value is meant.',
  },
  'not-a-template': {
    says: '`!name` items work in templates only.',
    advice: 'There is nothing to inherit elsewhere; remove the item.',
  },
  'duplicate-item': {
    says: 'The same item is listed twice.',
    advice: 'Remove one of them.',
    tag: 'unnecessary',
  },
  'unused-entry': {
    says: 'Nothing in the file refers to this entry.',
    advice: 'Remove it, or name it where it is wanted.',
    tag: 'unnecessary',
  },
  'unused-template': {
    says: 'No VM, agent, workspace or session was made from this template, and no other template inherits from it.',
    advice: 'Remove it, or keep it for later. It is said only where the state file knows others of its kind.',
    tag: 'unnecessary',
  },
  'unpinned-tool': {
    says: 'A tool without a version is whatever is latest on the day.',
    advice: 'Write `tool@version`, so that machines that are made on different days are the same.',
  },
  'bad-source': {
    says: 'A source reference is malformed.',
    advice: 'Write `PATH`, `file::PATH` or `git::URL[//SUBPATH][?ref=NAME]`.',
  },
  'bad-url': {
    says: 'An address is malformed or of a kind that does not work here.',
    advice: 'The message says what kind of address is wanted.',
  },
  'bad-placeholder': {
    says: 'A `{{placeholder}}` that nothing fills in.',
    advice: 'The session would fail to start. Use `{{session_name}}` or `{{workspace_name}}`.',
  },
  'plain-secret': {
    says: 'The value looks like a secret.',
    advice:
      'This file is read by people and tools, and its values reach machines on which agents work. Remove the secret, replace it at its service, and hand it over as the message says: tokens of git services come from `GIT_CREDENTIALS_<NAME>`, the one of Proxmox from `PROXMOX_TOKEN_SECRET`.',
  },
  'stale-restart': {
    says: 'A restart would run the command of another template.',
    advice: 'Set `restart_command` beside `command`.',
  },
  'missing-path': {
    says: 'A file that has to exist does not.',
    advice: 'Create it, or correct the path. A leading `~` is your home on this machine.',
  },
  'relative-path': {
    says: 'A path that depends on the folder a command is run from.',
    advice: 'Begin with `~/` or `/`.',
  },
  'bad-key-file': {
    says: 'An SSH key file is not what it should be.',
    advice: 'Public keys usually end in `.pub`.',
  },
  'key-permissions': {
    says: 'Other users of this machine can read the private key.',
    advice: 'OpenSSH refuses such keys. Run `chmod 600` on the file.',
  },
  'key-mismatch': {
    says: 'The public key does not belong to the private key.',
    advice: 'Name two halves of one pair, or VMs will refuse you.',
  },
  'catalog-override': {
    says: 'An entry replaces a built-in one and loses something on the way.',
    advice: 'An entry with the name of a built-in one replaces it whole. Copy what it should keep.',
  },
  'catalog-source': {
    says: 'A package source that apt would ignore, or that is not safe.',
    advice: 'The message says what to change.',
  },
  'other-platform': {
    says: 'The default platform does not use this key.',
    advice: 'It counts when a VM is created on one of the platforms that the message names.',
    tag: 'unnecessary',
  },
  'no-keys': {
    says: 'Without SSH keys only local workspaces work.',
    advice: 'Set `ssh_public_key` and `ssh_private_key` before the first VM.',
  },
} as const satisfies Record<string, ProblemKind>;

export type ProblemCode = keyof typeof problemCodes;

export const problemKind = (code: ProblemCode): ProblemKind => problemCodes[code];

export const isProblemCode = (code: string): code is ProblemCode => Object.hasOwn(problemCodes, code);
