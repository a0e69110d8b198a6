// One instance: its graph as it lives, what can be done with it, and what has been.

import { useState } from "preact/hooks";
import type { Chosen } from "../graph/Graph";
import type { LiveStates } from "../graph/live";
import { useLive } from "../graph/useLive";
import { ConnectionSign } from "../parts/ConnectionSign";
import { Failure } from "../parts/Failure";
import { lazy } from "../parts/lazy";
import { Progress } from "../parts/Progress";
import { StateBadge, StateCounts } from "../parts/State";
import { useTitle } from "../parts/title";
import { to } from "../routing";
import { InstanceActions } from "./Actions";
import { ExecutionTable } from "./Executions";
import { LIVE } from "./live";
import { useInstance } from "./useInstance";

const Graph = lazy(() => import("../graph/Graph"));
const Panel = lazy(() => import("../node/Panel"));

export function InstancePage({ model, instance }: { model: string; instance: string }) {
  useTitle(`${model}/${instance}`);
  const watched = useInstance(model, instance);
  const [chosen, choose] = useState<Chosen>();
  const { live, overview, latest, connection, executions, error } = watched;
  return (
    <>
      <header class="heading">
        <p class="crumbs">
          <a href={to("instances")}>Instances</a> / <a href={to("models", model)}>{model}</a> /
        </p>
        <h1>{instance}</h1>
        {live !== undefined && <Total live={live} />}
        <ConnectionSign connection={connection} />
        {overview !== undefined && <InstanceActions overview={overview} latest={latest} done={watched.changed} />}
      </header>
      <Failure error={error ?? executions.error} />
      {latest !== undefined && LIVE.has(latest.status) && (
        <p class="under-way">
          <StateBadge state={latest.status} /> <a href={to("executions", latest.id)}>{latest.workflow}</a>{" "}
          <Progress execution={latest} />
        </p>
      )}
      {live !== undefined && (
        <div class="split">
          <Graph live={live} chosen={chosen} choose={choose} />
          {chosen !== undefined && (
            <Panel
              model={model}
              instance={instance}
              chosen={chosen}
              live={live}
              execution={latest}
              close={() => choose(undefined)}
            />
          )}
        </div>
      )}
      {executions.value !== undefined && executions.value.length > 0 && (
        <section>
          <h2>Executions</h2>
          <ExecutionTable executions={executions.value} />
        </section>
      )}
    </>
  );
}

/** How many node instances have which state, as it changes. */
function Total({ live }: { live: LiveStates }) {
  useLive(live);
  return <StateCounts counts={live.total()} />;
}
