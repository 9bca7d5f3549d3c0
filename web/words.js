// How numbers, times and the vocabulary of warmpath are put into words. Pure.

/** 64-bit numbers come as strings in protobuf's JSON. */
export const number = (value) => Number(value ?? 0);

export const grouped = (value) => Math.round(number(value)).toLocaleString('en-US');

/** 0.978 -> "97.8 %". Never rounds up to 100 %: 0.9996 -> "99.9 %". */
export function percent(share) {
  const tenths = share >= 1 ? 1000 : Math.min(Math.round(share * 1000), 999);
  return `${tenths % 10 === 0 ? tenths / 10 : (tenths / 10).toFixed(1)} %`;
}

/** A count of effective samples, which need not be whole. */
export const samples = (n) => grouped(Math.floor(number(n)));

export function duration(seconds) {
  const s = Math.max(0, Math.floor(seconds));
  if (s < 90) return `${s} s`;
  if (s < 90 * 60) return `${Math.floor(s / 60)} min`;
  if (s < 48 * 3600) {
    const minutes = Math.floor((s % 3600) / 60);
    return `${Math.floor(s / 3600)} h${minutes ? ` ${minutes} min` : ''}`;
  }
  return `${Math.floor(s / 86400)} d`;
}

/** "9 s ago" at `now` (ms since the epoch); '' if there is no time. */
export function age(time, now) {
  return time ? `${duration((now - Date.parse(time)) / 1000)} ago` : '';
}

/** Local time of day; with the date if it is another day than `now`'s. */
export function clock(time, now) {
  if (!time) return '';
  const date = new Date(time);
  const text = date.toLocaleTimeString('en-GB');
  return date.toDateString() === new Date(now).toDateString()
    ? text
    : `${date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })} ${text}`;
}

export function bytes(value) {
  let n = number(value);
  for (const unit of ['B', 'kB', 'MB', 'GB']) {
    if (n < 1000) return `${unit === 'B' ? n : n.toFixed(1)} ${unit}`;
    n /= 1000;
  }
  return `${n.toFixed(1)} TB`;
}

/** "ROLE_PRIMARY", "ROLE_" -> "primary"; "" for a value that is not set. */
export function word(value, prefix) {
  if (!value || value === `${prefix}UNSPECIFIED`) return '';
  return value.slice(prefix.length).toLowerCase().replaceAll('_', ' ');
}

/** {a: "3", b: "1"} -> "3 a, 1 b", the biggest first. */
export function counts(map) {
  return Object.entries(map ?? {})
    .map(([name, n]) => [name.replaceAll('_', ' '), number(n)])
    .filter(([, n]) => n > 0)
    .sort((a, b) => b[1] - a[1])
    .map(([name, n]) => `${grouped(n)} ${name}`)
    .join(', ');
}

export const total = (map) => Object.values(map ?? {}).reduce((sum, n) => sum + number(n), 0);

export const plural = (n, one, many = `${one}s`) => `${grouped(n)} ${n === 1 ? one : many}`;
