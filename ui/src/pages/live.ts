// Which executions are still under way.

export const LIVE: ReadonlySet<string> = new Set(["running", "cancelling"]);
