// Times as people read them.

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

export function moment(text: string): number {
  return Date.parse(text);
}

/** A stretch of time: `0.42 s`, `12 s`, `3 min 5 s`, `2 h 4 min`. */
export function lasting(milliseconds: number): string {
  if (milliseconds < 10 * SECOND) return `${(milliseconds / SECOND).toFixed(milliseconds < SECOND ? 2 : 1)} s`;
  if (milliseconds < MINUTE) return `${Math.round(milliseconds / SECOND)} s`;
  if (milliseconds < HOUR) return pair(milliseconds, MINUTE, "min", SECOND, "s");
  return pair(milliseconds, HOUR, "h", MINUTE, "min");
}

function pair(milliseconds: number, large: number, largeName: string, small: number, smallName: string): string {
  const whole = Math.floor(milliseconds / large);
  return `${whole} ${largeName} ${Math.floor((milliseconds % large) / small)} ${smallName}`;
}

/** How long ago: `5 s ago`. */
export function ago(text: string, now: number): string {
  const passed = Math.max(now - moment(text), 0);
  if (passed < 5 * SECOND) return "just now";
  if (passed > 48 * HOUR) return new Date(moment(text)).toLocaleDateString();
  return `${lasting(Math.floor(passed / SECOND) * SECOND).replace(/\.0 s/, " s")} ago`;
}

export function clock(text: string): string {
  return new Date(moment(text)).toLocaleTimeString();
}
