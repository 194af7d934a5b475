import type {
  Diagnostic,
  DiagnosticRelatedInformation,
  DocumentDiagnosticParams,
  DocumentDiagnosticReport,
  WorkspaceDiagnosticParams,
  WorkspaceDiagnosticReport,
} from 'vscode-languageserver';
import { problemKind } from '../../core/config/problemCodes.ts';
import type { Finding } from '../../core/config/problems.ts';
import type { Context } from '../context.ts';
import type { ConfigDocument } from '../document.ts';
import { DiagnosticSeverity, DiagnosticTag } from '../protocol.ts';

export const diagnosticSource = 'agentworks';

const severities = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  info: DiagnosticSeverity.Information,
} as const satisfies Record<Finding['severity'], DiagnosticSeverity>;

const tags = { unnecessary: DiagnosticTag.Unnecessary, deprecated: DiagnosticTag.Deprecated } as const;

const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);

type DiagnosticContext = Pick<Context, 'client' | 'documentation'>;

/** Problems as this client can show them. */
export const diagnosticsOf = (
  document: ConfigDocument,
  findings: readonly Finding[],
  context: DiagnosticContext,
): Diagnostic[] => findings.map((finding) => diagnosticOf(document, finding, context));

function diagnosticOf(document: ConfigDocument, finding: Finding, context: DiagnosticContext): Diagnostic {
  const { severity, code, message, hint, related } = finding;
  const { client, documentation } = context;
  const { tag } = problemKind(code);
  const diagnostic: Diagnostic = {
    range: document.range(shown(document, finding.at)),
    severity: severity === 'info' && tag === 'unnecessary' ? DiagnosticSeverity.Hint : severities[severity],
    code,
    source: diagnosticSource,
    message: hint === undefined ? sentence(message) : `${sentence(message)} ${sentence(hint)}`,
  };
  if (client.hasCodeDescription && documentation !== undefined) {
    diagnostic.codeDescription = { href: `${documentation}problems.md#${code}` };
  }
  if (client.hasDiagnosticTags && tag !== undefined) diagnostic.tags = [tags[tag]];
  if (client.hasRelatedInformation && related !== undefined) {
    diagnostic.relatedInformation = related.map(
      (other): DiagnosticRelatedInformation => ({
        location: { uri: document.uri, range: document.range(other.at) },
        message: other.message,
      }),
    );
  }
  return diagnostic;
}

/** An editor draws over the lines of a range; a problem belongs to one line. */
function shown({ lines }: ConfigDocument, at: Finding['at']): Finding['at'] {
  const lineEnd = lines.endOf(lines.lineAt(at.start));
  return { start: at.start, end: Math.max(at.start, Math.min(at.end, lineEnd)) };
}

/** The answer to a client that asks. The same id means the same answer, so that it need not be sent again. */
export async function pullDiagnostics(
  document: ConfigDocument,
  { previousResultId }: DocumentDiagnosticParams,
  context: Pick<Context, 'client' | 'documentation' | 'findings'>,
): Promise<DocumentDiagnosticReport> {
  const items = diagnosticsOf(document, await context.findings.of(document), context);
  const { contentDigest } = await import('../../core/config/digest.ts');
  const resultId = contentDigest(items).slice(0, 16);
  return resultId === previousResultId ? { kind: 'unchanged', resultId } : { kind: 'full', resultId, items };
}

/** The same for every file that is open: there is one configuration, and no folder is searched for others. */
export async function pullWorkspace(
  { previousResultIds }: WorkspaceDiagnosticParams,
  context: Pick<Context, 'client' | 'documentation' | 'findings' | 'documents'>,
): Promise<WorkspaceDiagnosticReport> {
  const known = new Map(previousResultIds.map(({ uri, value }) => [uri, value]));
  const items = context.documents.uris.map(async (uri) => {
    const document = context.documents.get(uri);
    if (document === undefined) return [];
    const previousResultId = known.get(uri);
    const asked = { textDocument: { uri }, ...(previousResultId === undefined ? {} : { previousResultId }) };
    return [{ ...(await pullDiagnostics(document, asked, context)), uri, version: document.version }];
  });
  return { items: (await Promise.all(items)).flat() };
}
