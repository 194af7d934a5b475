import type { ConfigProblem, Position } from './model.ts';
import { isProblemCode, problemCodes } from './problemCodes.ts';

const levels = { error: 'error', warning: 'warning', info: 'note' } as const;

const regionOf = (start: Position, end: Position) => ({
  startLine: start.line,
  startColumn: start.column,
  endLine: end.line,
  endColumn: end.column,
});

/** SARIF 2.1.0, for tools that collect findings. */
export function problemsAsSarif(problems: readonly ConfigProblem[], uri: string): unknown {
  const codes = [...new Set(problems.map((problem) => problem.code))].sort();
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'agentworks config check',
            rules: codes.map((id) => ({
              id,
              shortDescription: { text: isProblemCode(id) ? problemCodes[id].says : id },
              ...(isProblemCode(id) ? { help: { text: problemCodes[id].advice } } : {}),
            })),
          },
        },
        columnKind: 'utf16CodeUnits',
        results: problems.map((problem) => ({
          ruleId: problem.code,
          level: levels[problem.severity],
          message: { text: problem.hint === undefined ? problem.message : `${problem.message}. ${problem.hint}` },
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri },
                region: regionOf(problem.start, problem.end),
              },
            },
          ],
          ...(problem.related === undefined
            ? {}
            : {
                relatedLocations: problem.related.map(({ message, start, end }, id) => ({
                  id,
                  message: { text: message },
                  physicalLocation: { artifactLocation: { uri }, region: regionOf(start, end) },
                })),
              }),
        })),
      },
    ],
  };
}
