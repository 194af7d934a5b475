import { CodeActionKind } from '../protocol.ts';

// What `initialize` says of single features, apart from them: they are loaded when somebody asks.

/** Characters behind which there is something to complete. */
export const completionTriggers = ['[', '.', '=', '"', "'", ',', '{', '/', '!'];

/** What editors run when a file is saved, if they are told to. */
export const fixAllKind = `${CodeActionKind.SourceFixAll}.agentworks`;
export const sortKind = `${CodeActionKind.Refactor}.sort`;
export const actionKinds = [CodeActionKind.QuickFix, CodeActionKind.RefactorExtract, sortKind, fixAllKind];

export const tokenTypes = [
  'namespace',
  'class',
  'type',
  'property',
  'variable',
  'string',
  'number',
  'keyword',
  'enumMember',
  'comment',
  'parameter',
] as const;
export const tokenModifiers = ['declaration', 'defaultLibrary', 'deprecated', 'override', 'unresolved'] as const;
export const tokenLegend = { tokenTypes: [...tokenTypes], tokenModifiers: [...tokenModifiers] };
