import { type Command, commonParams } from '../command.ts';
import { isSet, numberOf, textOf } from '../vm/params.ts';

const defaultAge = '30d';

export const salvagePrune: Command = {
  id: 'salvage.prune',
  title: 'Delete old salvages',
  summary: 'Delete old salvages',
  description: 'Nothing is ever deleted by itself. Salvages are the only copy of the work in them, so this asks.',
  params: [
    {
      type: 'text',
      position: 'option',
      name: 'older-than',
      help: 'Age, in hours, days or weeks: `12h`, `30d`, `8w`',
      defaultText: defaultAge,
    },
    {
      type: 'integer',
      position: 'option',
      name: 'keep',
      help: 'As many of the newest stay, whatever their age',
      minimum: 0,
      defaultText: '0',
    },
    commonParams.yes,
    commonParams.dryRun,
  ],
  needs: [],
  effect: 'destroy',
  async run(engine, params) {
    const [{ durationMs, prunable, removeSalvages }, { AppError }, { sizeText }] = await Promise.all([
      import('../../salvage/prune.ts'),
      import('../../errors.ts'),
      import('../../text.ts'),
    ]);
    const age = textOf(params, 'olderThan') ?? defaultAge;
    const olderThanMs = durationMs(age);
    if (olderThanMs === undefined) {
      throw new AppError('usage', `'${age}' is no age.`, { hint: 'Hours, days or weeks: 12h, 30d, 8w.' });
    }
    const keep = numberOf(params, 'keep') ?? 0;
    const found = await prunable(engine, { olderThanMs, keep });
    const names = found.map((one) => one.folder);
    const bytes = found.reduce((sum, one) => sum + one.bytes, 0);
    const details = found.map((one) => `${one.folder}  ${sizeText(one.bytes)}`);
    const what = `${found.length} ${found.length === 1 ? 'salvage' : 'salvages'} (${sizeText(bytes)})`;
    const data = { pruned: names, bytes };
    const kept = keep > 0 ? `, the newest ${keep} aside` : '';
    if (found.length === 0) return { type: 'message', text: `No salvage is older than ${age}${kept}.`, data };
    if (isSet(params, 'dryRun'))
      return { type: 'message', text: `Would delete ${what}:`, details, data: { ...data, pruned: [], would: names } };
    const isSure =
      isSet(params, 'yes') ||
      (await engine.ask.confirm({ message: `Delete ${what} for good?`, details, flag: '--yes' }));
    if (!isSure) throw new AppError('aborted', 'Nothing was deleted.');
    await removeSalvages(found);
    return { type: 'message', text: `Deleted ${what}`, details: names, data };
  },
};
