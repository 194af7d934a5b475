/** What requests are answered with. Loaded together at the first of them: an editor waits for diagnostics before. */
export { codeActions } from './codeActions.ts';
export { codeLenses, resolvedLens } from './codeLens.ts';
export { completion, resolvedItem } from './completion.ts';
export { declaration } from './declaration.ts';
export { foldingRanges } from './folding.ts';
export { formattedLines, formatting } from './formatting.ts';
export { prepareHierarchy, subtypes, supertypes } from './hierarchy.ts';
export { hover } from './hover.ts';
export { inlayHints } from './inlayHints.ts';
export { documentLinks } from './links.ts';
export { definition, highlights, references } from './navigation.ts';
export { prepareRename, rename } from './rename.ts';
export { selectionRange } from './selection.ts';
export { encodedTokens, fullTokens, tokensDelta } from './semanticTokens.ts';
export { documentSymbols } from './symbols.ts';
export { searchedDocuments, workspaceSymbols } from './workspaceSymbols.ts';
