import type { Cell, Output, Section } from '../commands/output.ts';
import { stripControls } from '../text.ts';
import type { Style } from './style.ts';
import { paintCell, renderTable } from './table.ts';
import type { Measure } from './width.ts';

const lines = (text: string): string => stripControls(text, true);
const indent = (text: string): string => text.replace(/^(?=.)/gm, '  ');

/** Lines may already be indented by the verb; only their control characters go. */
function renderLines(content: ReadonlyArray<Cell | string>, empty: string | undefined, style: Style): string {
  if (content.length === 0) return `${lines(empty ?? '(none)')}\n`;
  const painted = content.map((line) =>
    typeof line === 'string' ? lines(line) : style.tone(line.tone, stripControls(line.text)),
  );
  return painted.map((line) => `${line}\n`).join('');
}

function renderSection(section: Section, style: Style, measure: Measure): string {
  const title = stripControls(section.title);
  const head = title === '' ? '' : `${style.bold(title)}\n`;
  const body = (text: string): string => head + (title === '' ? text : indent(text));
  if ('fields' in section) {
    const width = Math.max(0, ...section.fields.map(([label]) => measure(`${stripControls(label)}:`)));
    const rows = section.fields.map(([label, value]) => {
      const text = `${stripControls(label)}:`;
      return `${text}${' '.repeat(width - measure(text))}  ${paintCell(value, style)}\n`;
    });
    return body(rows.join(''));
  }
  if ('lines' in section) return body(renderLines(section.lines, section.empty, style));
  if (section.rows.length === 0) return body(renderLines([], section.empty, style));
  return body(renderTable(section.columns, section.rows, style, measure));
}

/** What a verb returned, for people. Ends with a newline unless it is text for its own sake. */
export function renderText(output: Output, style: Style, measure: Measure): string {
  switch (output.type) {
    case 'nothing':
    case 'exit':
      return '';
    case 'message':
      return `${lines(output.text)}\n${(output.details ?? []).map((line) => `  ${lines(line)}\n`).join('')}`;
    case 'text':
      return output.isRaw === true ? output.text : lines(output.text);
    case 'table': {
      const body =
        output.rows.length === 0
          ? `${lines(output.empty)}\n`
          : renderTable(output.columns, output.rows, style, measure);
      return body + (output.notes ?? []).map((note) => `${lines(note)}\n`).join('');
    }
    case 'record': {
      const title = stripControls(output.title);
      const sections = output.sections.map((section) => renderSection(section, style, measure));
      return [...(title === '' ? [] : [`${style.bold(title)}\n`]), ...sections].join('\n');
    }
  }
}
