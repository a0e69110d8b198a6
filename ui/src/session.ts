// The token of a manager that asks for one.  It lives as long as the tab does, and is never written anywhere else.

const KEY = "ditrit-token";
const listeners = new Set<(wanted: boolean) => void>();

let wanted = false;

export function token(): string | null {
  return sessionStorage.getItem(KEY);
}

/** Keep what the user has given; requests carry it from now on. */
export function signIn(given: string): void {
  sessionStorage.setItem(KEY, given);
  tell(false);
}

export function signOut(): void {
  sessionStorage.removeItem(KEY);
  tell(true);
}

/** A request was answered 401. */
export function refused(): void {
  tell(true);
}

export function isWanted(): boolean {
  return wanted;
}

/** Call `listener` when a token becomes wanted, or no longer is; the answer ends that. */
export function onWanted(listener: (wanted: boolean) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function tell(now: boolean): void {
  wanted = now;
  for (const listener of listeners) listener(now);
}
