import type { TemplateKind } from '../model.ts';

export type CatalogKind = 'apt_sources' | 'apt_packages' | 'system_install_commands' | 'user_install_commands';

/** What a text stands for beyond being text. Checks, completion, hover and links all follow it. */
export type Refers =
  | { to: 'template'; kind: TemplateKind }
  | { to: 'git-credential' }
  | { to: 'catalog'; kind: CatalogKind }
  /**
   * A path on the operator's machine. `shouldExist`: its absence is a warning, since it may come later. `holds:
   * 'public-key' | 'private-key'` adds checks of the content.
   */
  | { to: 'local-path'; mustExist: boolean; shouldExist?: true; holds?: 'public-key' | 'private-key' }
  /** A path on the VM; `mayUseHome`: a leading `~` is allowed. */
  | { to: 'remote-path'; mayUseHome: boolean }
  /** External content; `defaultFile` completes a git reference without a path. */
  | { to: 'source'; defaultFile?: string }
  | { to: 'url'; schemes: readonly string[]; isGit?: boolean }
  /** Text with `{{name}}` placeholders. */
  | { to: 'command'; placeholders: readonly string[] }
  | { to: 'age' }
  /** An amount of memory: a size, a share of the machine's, or `infinity`; `minimum` in bytes. */
  | { to: 'memory-size'; minimum: number }
  /** A share of processors: 100% is one. */
  | { to: 'cpu-share' }
  | { to: 'mise-tool' }
  | { to: 'apt-name' }
  | { to: 'vm-host' };

export interface Pattern {
  matches: RegExp;
  /** Completes the sentence "<key> must be …". */
  says: string;
}

interface ValueBase {
  kind: 'value';
  /** Markdown, sentence case; the first sentence stands alone as a summary. */
  doc: string;
  isRequired?: true;
  /** Platforms on which the key does something; absent: all. */
  platforms?: readonly string[];
  /** When a change takes effect. */
  applies?: 'create' | 'create and reinit';
  /** The key is read and does nothing; why, and what to do. */
  hasNoEffect?: string;
  /** Still works; the key that replaces it. */
  deprecated?: { replacement: string; says: string };
  /** TOML text shown in the sample when there is no default. */
  example?: string;
  /** What leaving it out means, when `default` cannot say it. */
  unset?: string;
  /** The reference keeps the key out of templates' effect: `own` keys never pass to children. */
  isOwn?: true;
}

export interface TextNode extends ValueBase {
  type: 'string';
  default?: string;
  choices?: readonly string[];
  pattern?: Pattern;
  refers?: Refers;
  /** Blanks around it do not count, and a blank value is an absent one. */
  isTrimmed?: true;
}
export interface IntegerNode extends ValueBase {
  type: 'integer';
  default?: number;
  minimum?: number;
  maximum?: number;
  unit?: string;
}
export interface BooleanNode extends ValueBase {
  type: 'boolean';
  default?: boolean;
}
export interface ListNode extends ValueBase {
  type: 'list';
  default?: readonly string[];
  /** How a child's list meets the inherited one. `append-by-tool`: one version per tool, the child's. */
  merge?: 'append' | 'append-by-tool';
  refers?: Refers;
  pattern?: Pattern;
  /** No conversion of numbers: only texts. */
  isStrict?: true;
}
export interface MapNode extends ValueBase {
  type: 'map';
  default?: Readonly<Record<string, string>>;
  keyPattern?: Pattern;
  refers?: Refers;
}

export type ValueSchema = TextNode | IntegerNode | BooleanNode | ListNode | MapNode;

export interface SectionSchema {
  kind: 'section';
  doc: string;
  children: Readonly<Record<string, SchemaNode>>;
  /** Where the sample and the reference put it. */
  group?: Group;
  /** The section's header stands uncommented in the sample. */
  isShown?: true;
  isRequired?: true;
}

export interface CollectionSchema {
  kind: 'collection';
  doc: string;
  group: Group;
  /** Name of an entry in docs and samples. */
  entryName: string;
  /** Set when the entries are templates. */
  template?: TemplateKind;
  names: Pattern;
  entry: SectionSchema;
  /** TOML header and lines of the sample; keys that are not named here show their default. */
  sampleEntry: string;
}

/** A section that has another name today. Its keys are those of `target`. */
export interface AliasSchema {
  kind: 'alias';
  target: string;
  doc: string;
}

/** A key or section that is refused; the message says what replaces it. */
export interface RemovedSchema {
  kind: 'removed';
  severity: 'error' | 'warning';
  says: string;
  replacement: string;
}

export type SchemaNode = ValueSchema | SectionSchema | CollectionSchema | AliasSchema | RemovedSchema;

export type Group = 'Operator and platforms' | 'Templates' | 'Catalog';

/** `ssh_public_key` as the model spells it: `sshPublicKey`. */
export type Camel<S extends string> = S extends `${infer Head}_${infer Tail}` ? `${Head}${Capitalize<Camel<Tail>>}` : S;

type Raw<N> = N extends { type: 'string'; choices: readonly (infer C)[] }
  ? C
  : N extends { type: 'string' }
    ? string
    : N extends { type: 'integer' }
      ? number
      : N extends { type: 'boolean' }
        ? boolean
        : N extends { type: 'list' }
          ? string[]
          : Record<string, string>;

type Optional<N> = N extends { default: unknown } | { isRequired: true } ? Raw<N> : Raw<N> | undefined;

/** The shape that a set of keys has once it is loaded; the compiler compares it with the model. */
export type ValuesOf<Keys> = {
  [K in keyof Keys & string as Keys[K] extends { kind: 'value' } ? Camel<K> : never]: Optional<Keys[K]>;
};

export const camel = (key: string): string => key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
