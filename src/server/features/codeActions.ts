import type { CodeAction, CodeActionParams, Diagnostic } from 'vscode-languageserver';
import { overlap } from '../../core/config/fix/edits.ts';
import { fixesOf, safeCodes } from '../../core/config/fix/index.ts';
import type { Finding, Fix } from '../../core/config/problems.ts';
import { extraction } from '../actions/extract.ts';
import { sortedKeys, sortedList } from '../actions/sort.ts';
import type { Context } from '../context.ts';
import type { ConfigDocument } from '../document.ts';
import { CodeActionKind } from '../protocol.ts';
import { diagnosticsOf } from './diagnostics.ts';
import { fixAllKind, sortKind } from './offered.ts';

type ActionContext = Pick<Context, 'client' | 'documentation' | 'findings'>;

/** What can be done about the lines of a range. Nothing for clients that only know commands: there are none to run. */
export async function codeActions(
  document: ConfigDocument,
  { range, context: { only } }: Pick<CodeActionParams, 'range' | 'context'>,
  context: ActionContext,
): Promise<CodeAction[]> {
  if (!context.client.hasCodeActions) return [];
  const findings = await context.findings.of(document);
  const isWanted = (kind: string) =>
    only === undefined || only.some((wanted) => `${kind}.`.startsWith(`${wanted}.`) || wanted === '');
  return [
    ...(isWanted(CodeActionKind.QuickFix) ? quickFixes(document, range, findings, context) : []),
    ...refactorings(document, range),
    ...(isWanted(fixAllKind) ? fixAll(document, findings) : []),
  ].filter(({ kind = '' }) => isWanted(kind));
}

function quickFixes(
  document: ConfigDocument,
  range: CodeActionParams['range'],
  findings: readonly Finding[],
  context: ActionContext,
): CodeAction[] {
  const { start, end } = document.span(range);
  const actions: CodeAction[] = [];
  let hasDeprecated = false;
  for (const finding of findings) {
    if (finding.at.end < start || finding.at.start > end) continue;
    hasDeprecated ||= finding.code === 'deprecated-key';
    const diagnostics = diagnosticsOf(document, [finding], context);
    fixesOf(document.file, finding).forEach((fix, index) => {
      const action = actionOf(document, fix, CodeActionKind.QuickFix, diagnostics);
      actions.push(index === 0 && finding.fixes !== undefined ? { ...action, isPreferred: true } : action);
    });
  }
  const old = findings.filter(({ code }) => code === 'deprecated-key');
  if (hasDeprecated && old.length > 1) {
    const edits = together(document, old);
    if (edits.length > 0)
      actions.push(actionOf(document, { title: 'Replace all old names', edits }, CodeActionKind.QuickFix));
  }
  return actions;
}

/** The first fixes of these problems that do not get into each other's way. */
function together(document: ConfigDocument, findings: readonly Finding[]): Fix['edits'] {
  const edits: Fix['edits'] = [];
  for (const finding of findings) {
    const own = fixesOf(document.file, finding)[0]?.edits ?? [];
    const isFree = own.every(
      (edit, index) =>
        !edits.some((other) => overlap(edit, other)) && !own.slice(0, index).some((other) => overlap(edit, other)),
    );
    if (isFree) edits.push(...own);
  }
  return edits;
}

function fixAll(document: ConfigDocument, findings: readonly Finding[]): CodeAction[] {
  const edits = together(
    document,
    findings.filter(({ code }) => safeCodes.has(code)),
  );
  return edits.length === 0 ? [] : [actionOf(document, { title: 'Fix all that is safe to fix', edits }, fixAllKind)];
}

function refactorings(document: ConfigDocument, range: CodeActionParams['range']): CodeAction[] {
  const place = document.placeAt(document.offsetAt(range.start));
  const actions: CodeAction[] = [];
  const add = (fix: Fix | undefined, kind: string) => {
    if (fix !== undefined) actions.push(actionOf(document, fix, kind));
  };
  if (place.section !== undefined && place.side === 'header') {
    add(extraction(document.file, place.section), CodeActionKind.RefactorExtract);
    add(sortedKeys(document.file, place.section), sortKind);
  }
  const [array] = place.values;
  if (array?.type === 'array') add(sortedList(document.file, place.path, array), sortKind);
  return actions;
}

const actionOf = (
  document: ConfigDocument,
  { title, edits }: Fix,
  kind: string,
  diagnostics?: Diagnostic[],
): CodeAction => ({
  title,
  kind,
  ...(diagnostics === undefined ? {} : { diagnostics }),
  edit: { changes: { [document.uri]: edits.map(({ at, text }) => ({ range: document.range(at), newText: text })) } },
});
