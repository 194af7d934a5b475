/** An amount of memory as a template gives it. */
export type Size = { unit: 'bytes'; amount: number } | { unit: 'percent'; amount: number } | { unit: 'infinity' };

const factors: Readonly<Record<string, number>> = { '': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 };

/** `512M`, `1.5 GiB`, `4g`, `50%`, `0`, `infinity`; undefined for anything else. Without a unit only 0 is a size. */
export function parseSize(text: string): Size | undefined {
  if (text === 'infinity') return { unit: 'infinity' };
  if (text === '0') return { unit: 'bytes', amount: 0 };
  const percent = /^(\d{1,3})%$/.exec(text)?.[1];
  if (percent !== undefined) {
    const amount = Number(percent);
    return amount >= 1 && amount <= 100 ? { unit: 'percent', amount } : undefined;
  }
  const [, amount, unit = ''] = /^(\d{1,9}(?:\.\d{1,3})?) ?([KMGT])(?:i?B)?$/i.exec(text) ?? [];
  if (amount === undefined) return undefined;
  return { unit: 'bytes', amount: Math.round(Number(amount) * (factors[unit.toUpperCase()] ?? 1)) };
}

/** `150%`, or `infinity`. The kernel's smallest share is one hundredth of a processor. */
export const isCpuShare = (text: string): boolean => text === 'infinity' || /^[1-9]\d{0,4}%$/.test(text);
