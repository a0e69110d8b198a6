// Whether what is seen is what is: live, or on its way to be again.

import type { Connection } from "../following";

const WORDS: Readonly<Record<Connection, string>> = {
  connecting: "connecting",
  live: "live",
  reconnecting: "reconnecting…",
  crowded: "waiting: too many pages follow executions of this manager",
  ended: "",
};

export function ConnectionSign({ connection }: { connection: Connection | undefined }) {
  const words = connection === undefined ? "" : WORDS[connection];
  return (
    <span class={`connection ${connection ?? ""}`} role="status">
      {words}
    </span>
  );
}
