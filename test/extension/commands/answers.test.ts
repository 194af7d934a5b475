import { describe, expect, it } from 'vitest';
import { type Answer, remembering } from '../../../src/extension/commands/answers.ts';
import { scriptedAsk } from '../../fakes/ask.ts';

function book(answers: Answer[] = []) {
  const marks: string[] = [];
  return {
    answers,
    marks,
    add: async (answer: Answer) => {
      answers.push(answer);
    },
    setAsking: async (isAsking: boolean) => void marks.push(isAsking ? 'asks' : 'asked'),
  };
}

const consent = { message: "Delete VM 'dev'?", details: ['1 session', '2 workspaces'], flag: '--yes' };

describe('answers of a verb', () => {
  it('are kept before the verb goes on, with a mark while a question is open', async () => {
    const kept = book();
    const ask = remembering(scriptedAsk(['web', 'two', true]), kept);
    expect(await ask.text({ message: 'Name', flag: '--name' })).toBe('web');
    const choices = [
      { value: { n: 1 }, label: 'one' },
      { value: { n: 2 }, label: 'two' },
    ];
    expect(await ask.choose({ message: 'Which', choices, flag: '--which' })).toEqual({ n: 2 });
    expect(await ask.confirm(consent)).toBe(true);
    expect(kept.answers).toEqual([
      { type: 'text', message: 'Name', value: 'web' },
      { type: 'choose', message: 'Which', label: 'two' },
      { type: 'confirm', message: consent.message, details: consent.details, value: true },
    ]);
    expect(kept.marks).toEqual(['asks', 'asked', 'asks', 'asked', 'asks', 'asked']);
  });

  it('are given again to the same questions, each once', async () => {
    const kept = book([{ type: 'text', message: 'Name', value: 'web' }]);
    const inner = scriptedAsk(['other']);
    const ask = remembering(inner, kept);
    expect(await ask.text({ message: 'Name', flag: '--name' })).toBe('web');
    expect(await ask.text({ message: 'Name', flag: '--name' })).toBe('other');
    expect(inner.questions).toEqual(['Name']);
  });

  it('are asked again when they do not fit any more', async () => {
    const kept = book([
      { type: 'text', message: 'Name', value: 'web' },
      { type: 'choose', message: 'Which', label: 'gone' },
    ]);
    const ask = remembering(scriptedAsk(['web2', 'one']), kept);
    const taken = (value: string): string | undefined => (value === 'web' ? 'It is taken.' : undefined);
    expect(await ask.text({ message: 'Name', flag: '--name', validate: taken })).toBe('web2');
    expect(await ask.choose({ message: 'Which', choices: [{ value: 1, label: 'one' }], flag: '--x' })).toBe(1);
  });

  it('agree again to what is less than before, and never to more', async () => {
    const before = { type: 'confirm', message: consent.message, details: consent.details, value: true } as const;
    const less = scriptedAsk([]);
    expect(await remembering(less, book([before])).confirm({ ...consent, details: ['1 session'] })).toBe(true);
    const more = scriptedAsk([false]);
    const details = [...consent.details, '1 agent'];
    expect(await remembering(more, book([before])).confirm({ ...consent, details })).toBe(false);
    expect(more.questions).toEqual([consent.message]);
    const other = scriptedAsk([false]);
    expect(await remembering(other, book([before])).confirm({ ...consent, message: "Delete VM 'lab'?" })).toBe(false);
  });

  it('never hold a secret', async () => {
    const kept = book();
    expect(await remembering(scriptedAsk(['hunter2-secret']), kept).secret({ message: 'Token', flag: 'T' })).toBe(
      'hunter2-secret',
    );
    expect(JSON.stringify(kept.answers)).toBe('[]');
  });
});
