/** One menu row. `when` is VS Code's; `command` one of `ids.ts`. */
export interface MenuItem {
  command?: string;
  submenu?: string;
  when?: string;
  group?: string;
}

export interface CommandContribution {
  command: string;
  title: string;
  category?: string;
  icon?: string | { light: string; dark: string };
  enablement?: string;
}

/**
 * What a feature adds to `contributes` of package.json, in the same form, with plain English for every text that people
 * see: `manifest.ts` merges them and moves the texts to package.nls.json. Arrays are joined, maps merged. Pure: read by a
 * script without an editor.
 */
export interface Contributions {
  commands?: readonly CommandContribution[];
  /** By place: `view/title`, `view/item/context`, `commandPalette`… */
  menus?: Readonly<Record<string, readonly MenuItem[]>>;
  viewsContainers?: Readonly<Record<string, readonly { id: string; title: string; icon: string }[]>>;
  views?: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;
  viewsWelcome?: readonly { view: string; contents: string; when?: string; enablement?: string }[];
  configuration?: { properties: Readonly<Record<string, Readonly<Record<string, unknown>>>> };
  /** Whatever else VS Code knows: `walkthroughs`, `terminal`, `languages`, `languageModelTools`, `keybindings`… */
  [point: string]: unknown;
}
