import type { ScalarType } from './nodes.ts';

const integerPattern =
  /^[+-]?(?:0|[1-9](?:_?\d)*)$|^0x[\da-fA-F](?:_?[\da-fA-F])*$|^0o[0-7](?:_?[0-7])*$|^0b[01](?:_?[01])*$/;
const floatPattern = /^[+-]?(?:0|[1-9](?:_?\d)*)(?:\.\d(?:_?\d)*(?:[eE][+-]?\d(?:_?\d)*)?|[eE][+-]?\d(?:_?\d)*)$/;
const timePattern =
  /^(?:(\d{4})-(\d{2})-(\d{2})(?:[Tt ]|$))?(?:(\d{2}):(\d{2})(?::(\d{2})(\.\d+)?)?)?([Zz]|[+-]\d{2}:\d{2})?$/;
export const datePattern = /^\d{4}-\d{2}-\d{2}$/;

export type ScalarReading =
  | { type: ScalarType; value: string | number | bigint | boolean; problem?: string; isVersion11?: boolean }
  | { type: 'invalid'; problem: string };

/** What unquoted text means as a TOML value. */
export function readScalar(text: string): ScalarReading {
  if (text === 'true' || text === 'false') return { type: 'boolean', value: text === 'true' };
  if (/^[1-9]\d{0,14}$/.test(text)) return { type: 'integer', value: Number(text) };
  if (/^[+-]?(?:inf|nan)$/.test(text)) {
    const value = text.endsWith('nan') ? Number.NaN : text.startsWith('-') ? -Infinity : Infinity;
    return { type: 'float', value };
  }
  if (!/^[+-]?\d/.test(text)) {
    return {
      type: 'invalid',
      problem: /^(?:true|false)$/i.test(text)
        ? `Booleans are lower case: ${text.toLowerCase()}`
        : `'${text}' is not a value; text needs quotes`,
    };
  }
  if (integerPattern.test(text)) return readInteger(text);
  if (floatPattern.test(text)) return { type: 'float', value: Number(text.replaceAll('_', '')) };
  return (
    readTime(text) ?? {
      type: 'invalid',
      problem: /^[+-]?0\d/.test(text)
        ? `'${text}' has a leading zero, which TOML does not allow`
        : `'${text}' is not a number or a date; text needs quotes`,
    }
  );
}

function readInteger(text: string): ScalarReading {
  const digits = text.replaceAll('_', '');
  const value = Number(digits);
  if (Number.isSafeInteger(value)) return { type: 'integer', value: value === 0 ? 0 : value };
  const big = digits.startsWith('-') ? -BigInt(digits.slice(1)) : BigInt(digits.replace(/^\+/, ''));
  if (big > 9223372036854775807n || big < -9223372036854775808n) {
    return { type: 'integer', value: big, problem: 'This integer does not fit in 64 bits' };
  }
  return { type: 'integer', value: big };
}

function readTime(text: string): ScalarReading | undefined {
  const match = text.length >= 5 ? timePattern.exec(text) : null;
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, , offset] = match;
  const hasDate = year !== undefined;
  const hasTime = hour !== undefined;
  if (!hasDate && !hasTime) return undefined;
  let type: ScalarType;
  if (hasDate && hasTime) type = offset === undefined ? 'local-datetime' : 'datetime';
  else if (offset !== undefined) return undefined;
  else if (hasDate) {
    if (text.length !== 10) return undefined;
    type = 'local-date';
  } else type = 'local-time';
  const isReal =
    (!hasDate || isRealDate(Number(year), Number(month), Number(day))) &&
    (!hasTime || (Number(hour) < 24 && Number(minute) < 60 && Number(second ?? 0) <= 60)) &&
    (offset === undefined || offset.length === 1 || (Number(offset.slice(1, 3)) < 24 && Number(offset.slice(4)) < 60));
  return {
    type,
    value: text,
    ...(isReal ? {} : { problem: `'${text}' is not a real date or time` }),
    ...(hasTime && second === undefined ? { isVersion11: true } : {}),
  };
}

function isRealDate(year: number, month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1) return false;
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = month === 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;
  return day <= days;
}
