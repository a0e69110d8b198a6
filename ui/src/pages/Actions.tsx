// What can be done with an instance and its executions: each button either does it, or says why it cannot be done now.

import { useState } from "preact/hooks";
import { path, send } from "../api";
import { Action, Dialog } from "../parts/Dialog";
import { notify } from "../parts/Notices";
import { go, to } from "../routing";
import type { Execution, Overview } from "../types";
import { ExecuteDialog } from "./ExecuteDialog";
import { LIVE } from "./live";

export function InstanceActions({
  overview,
  latest,
  done,
}: {
  overview: Overview;
  latest: Execution | undefined;
  done: (begun?: Execution) => void;
}) {
  const [asked, ask] = useState<"execute" | "delete">();
  const { model, instance, status } = overview;
  const busy = latest !== undefined && LIVE.has(latest.status);
  const down = overview.nodes.every((node) => node.states.every((state) => isDown(overview.states[state])));
  const inTheWay = busy ? `${latest.workflow} is under way on this instance.` : undefined;
  const close = () => ask(undefined);
  return (
    <div class="actions">
      <Action kind="primary" label="Execute…" hindrance={inTheWay ?? beingDeleted(status)} act={() => ask("execute")} />
      {latest !== undefined && <ExecutionActions execution={latest} newest={true} done={done} />}
      <Action
        label="Delete…"
        hindrance={
          inTheWay ?? (down ? undefined : "Some nodes are neither initial nor deleted: execute uninstall first.")
        }
        act={() => ask("delete")}
      />
      {asked === "execute" && <ExecuteDialog model={model} instance={instance} close={close} done={done} />}
      {asked === "delete" && (
        <Dialog
          title={`Delete ${instance}?`}
          action="Delete"
          grave
          close={close}
          act={async () => {
            await send("DELETE", path("instance", model, instance));
            notify(`${instance} of ${model} was deleted.`);
            go(to("instances"));
          }}
        >
          <p>The records of this instance go. Its executions stay until they are old.</p>
        </Dialog>
      )}
    </div>
  );
}

function isDown(state: string | undefined): boolean {
  return state === "initial" || state === "deleted";
}

function beingDeleted(status: string): string | undefined {
  return status === "deleting" ? "This instance is being deleted." : undefined;
}

/** `newest`: whether no other execution has begun on the instance since. */
export function ExecutionActions({
  execution,
  newest,
  done,
}: {
  execution: Execution;
  newest: boolean;
  done: () => void;
}) {
  const [asked, ask] = useState<"cancel" | "resume">();
  const { id, workflow, status } = execution;
  const close = () => ask(undefined);
  const act = (what: "cancel" | "resume") => async () => {
    await send("POST", path("exec", id, what));
    notify(what === "cancel" ? `${workflow} is being cancelled.` : `${workflow} goes on.`);
    done();
  };
  return (
    <>
      <Action label="Cancel…" hindrance={notToCancel(status)} act={() => ask("cancel")} />
      <Action label="Resume…" hindrance={notToResume(status, newest)} act={() => ask("resume")} />
      {asked === "cancel" && (
        <Dialog title={`Cancel ${workflow}?`} action="Cancel the execution" grave close={close} act={act("cancel")}>
          <p>Operations that run are let end; nothing more begins. The execution can be resumed.</p>
        </Dialog>
      )}
      {asked === "resume" && (
        <Dialog title={`Resume ${workflow}?`} action="Resume" close={close} act={act("resume")}>
          <p>What failed or was cancelled is tried again; what was done is not.</p>
        </Dialog>
      )}
    </>
  );
}

function notToCancel(status: string): string | undefined {
  if (status === "cancelling") return "It is being cancelled already.";
  return status === "running" ? undefined : `It has ended: ${status}.`;
}

function notToResume(status: string, newest: boolean): string | undefined {
  if (LIVE.has(status)) return "It is under way.";
  if (status === "succeeded") return "It has succeeded: there is nothing to be resumed.";
  return newest ? undefined : "Other executions have begun on this instance since.";
}
