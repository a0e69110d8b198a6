// One model: its topology as a graph, its warnings, its workflows, and its instances to be made.

import { useMemo, useState } from "preact/hooks";
import { type ApiError, get, path, shown } from "../api";
import type { Chosen } from "../graph/Graph";
import { LiveStates } from "../graph/live";
import { shortType } from "../naming";
import { download } from "../parts/download";
import { Failure, ProblemList, Stale } from "../parts/Failure";
import { lazy } from "../parts/lazy";
import { notify } from "../parts/Notices";
import { useTitle } from "../parts/title";
import { usePolled } from "../polling";
import { go, to } from "../routing";
import type { Model, Overview, TemplateGraph } from "../types";
import { CreateDialog } from "./CreateDialog";
import { DeleteModel } from "./Models";

const Graph = lazy(() => import("../graph/Graph"));

export function ModelPage({ model }: { model: string }) {
  useTitle(model);
  const record = usePolled(`model ${model}`, (signal) => get<Model>(path("csar", model), {}, signal), 10_000);
  const digest = record.value?.digest;
  const graph = usePolled(
    `graph ${model} ${digest}`,
    (signal) => get<TemplateGraph>(`${path("model", model)}/graph`, {}, signal),
    60_000,
  );
  const [asked, ask] = useState<"create" | "delete">();
  const [refused, setRefused] = useState<ApiError>();
  const found = record.value;
  const fetchArchive = () =>
    download(`${path("csar", model)}/archive`, `${model}.zip`).then(
      () => setRefused(undefined),
      (error: unknown) => setRefused(shown(error)),
    );
  return (
    <>
      <header class="heading">
        <p class="crumbs">
          <a href={to("models")}>Models</a> /
        </p>
        <h1>{model}</h1>
        <div class="actions">
          <button type="button" class="primary" disabled={found === undefined} onClick={() => ask("create")}>
            Create an instance…
          </button>
          <button type="button" disabled={found === undefined} onClick={() => void fetchArchive()}>
            Archive
          </button>
          <button type="button" disabled={found === undefined} onClick={() => ask("delete")}>
            Delete…
          </button>
        </div>
      </header>
      {record.value === undefined ? <Failure error={record.error} /> : <Stale error={record.error} />}
      <Failure error={refused} />
      {graph.value !== undefined && <Topology graph={graph.value} />}
      {found !== undefined && <Facts model={found} />}
      {asked === "create" && <CreateDialog model={model} close={() => ask(undefined)} />}
      {asked === "delete" && (
        <DeleteModel
          model={model}
          close={() => ask(undefined)}
          done={() => {
            notify(`Model ${model} was deleted.`);
            go(to("models"));
          }}
        />
      )}
    </>
  );
}

function Facts({ model }: { model: Model }) {
  return (
    <section>
      <dl class="values card">
        <div>
          <dt>Workflows</dt>
          <dd>{model.workflows.join(", ")}</dd>
        </div>
        <div>
          <dt>Weaving</dt>
          <dd>{model.weaving}</dd>
        </div>
        <div>
          <dt>Digest</dt>
          <dd>
            <code>{model.digest}</code>
          </dd>
        </div>
      </dl>
      {model.warnings.length > 0 && (
        <section class="card">
          <h2>Warnings</h2>
          <ProblemList problems={model.warnings} />
        </section>
      )}
    </section>
  );
}

function Topology({ graph }: { graph: TemplateGraph }) {
  const live = useMemo(() => new LiveStates(asOverview(graph)), [graph]);
  const [chosen, choose] = useState<Chosen>();
  return (
    <div class="split">
      <Graph live={live} chosen={chosen} choose={choose} plain />
      {chosen !== undefined && <TemplatePanel graph={graph} name={chosen.node} close={() => choose(undefined)} />}
    </div>
  );
}

function TemplatePanel({ graph, name, close }: { graph: TemplateGraph; name: string; close: () => void }) {
  const template = graph.node_templates.find((found) => found.name === name);
  const outgoing = graph.relationships.filter((edge) => edge.source === name);
  const incoming = graph.relationships.filter((edge) => edge.target === name);
  return (
    <aside class="panel" aria-label={name}>
      <header>
        <h2>{name}</h2>
        <button type="button" class="quiet" onClick={close} aria-label={`Close ${name}`}>
          ✕
        </button>
      </header>
      <p>
        <code>{template?.type}</code>
      </p>
      <dl class="values">
        {outgoing.map((edge) => (
          <div key={edge.name}>
            <dt>{edge.requirement}</dt>
            <dd>
              {shortType(edge.type)} → {edge.target}
            </dd>
          </div>
        ))}
        {incoming.map((edge) => (
          <div key={`${edge.name} back`}>
            <dt>asked for by</dt>
            <dd>
              {edge.source} ({edge.requirement})
            </dd>
          </div>
        ))}
      </dl>
    </aside>
  );
}

/** A topology in the form of an instance that has each node once. */
function asOverview({ model, node_templates, relationships }: TemplateGraph): Overview {
  const host = (name: string) => relationships.find((edge) => edge.hosted_on && edge.source === name)?.target ?? null;
  return {
    model,
    instance: "",
    status: "",
    execution: null,
    seq: null,
    node_instances: node_templates.length,
    states: [],
    nodes: node_templates.map(({ name, type }) => ({ name, type, host: host(name), radix: [], states: [] })),
    relationships,
  };
}
