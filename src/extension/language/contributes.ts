import type { CommandContribution, Contributions } from '../contributions.ts';
import { commands } from '../ids.ts';
import { configLanguage, configPattern } from './configFiles.ts';

const category = 'Agentworks';
const inConfig = `editorLangId == ${configLanguage} || resourcePath =~ /[\\\\/]agentworks[\\\\/]config\\.toml$/`;

const own: readonly CommandContribution[] = [
  { command: commands.showChanges, title: 'Show what edits of configuration would change', category, icon: '$(diff)' },
  { command: commands.showEffective, title: 'Show effective values of template', category },
  { command: commands.showCatalog, title: 'Show built-in catalog', category },
  { command: commands.showUsers, title: 'Show what was made from template', category },
  { command: commands.writeSchema, title: 'Write JSON Schema of configuration', category },
  { command: commands.restartLanguageServer, title: 'Restart language server', category },
];

export const contributes: Contributions = {
  commands: own,
  menus: {
    // Only the lens over a template knows who was made from it.
    commandPalette: [{ command: commands.showUsers, when: 'false' }],
    'editor/title': [{ command: commands.showChanges, when: inConfig, group: 'navigation' }],
  },
  languages: [
    {
      id: configLanguage,
      aliases: ['Agentworks configuration'],
      filenamePatterns: [configPattern],
      configuration: './syntaxes/language-configuration.json',
    },
  ],
  grammars: [
    {
      language: configLanguage,
      scopeName: 'source.toml.agentworks',
      path: './syntaxes/agentworks-config.tmLanguage.json',
    },
  ],
  semanticTokenModifiers: [
    { id: 'override', description: 'A value or an entry that replaces another' },
    { id: 'unresolved', description: 'A name that nothing has' },
  ],
  semanticTokenScopes: [
    {
      language: configLanguage,
      scopes: {
        namespace: ['entity.name.section.toml'],
        class: ['entity.name.type.toml'],
        property: ['variable.other.key.toml'],
        '*.unresolved': ['invalid.illegal.toml'],
        '*.deprecated': ['invalid.deprecated.toml'],
      },
    },
  ],
  configurationDefaults: {
    [`[${configLanguage}]`]: {
      'editor.tabSize': 2,
      'editor.insertSpaces': true,
      'editor.quickSuggestions': { other: 'on', comments: 'off', strings: 'on' },
      'editor.wordBasedSuggestions': 'off',
      'editor.semanticHighlighting.enabled': true,
    },
  },
};
