/** The salvage argument of every verb but `list` and `prune`. */
export const salvageArgument = {
  type: 'text',
  position: 'argument',
  name: 'name',
  help: 'Salvage: its full name, its id, or the name of what it was made of (the newest)',
  isRequired: true,
  source: { kind: 'salvage' },
} as const;
