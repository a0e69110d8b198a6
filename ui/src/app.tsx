// The frame that all places share: heading, navigation, theme, and the question for a token where one is needed.

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ExecutionPage } from "./pages/Execution";
import { ExecutionsPage } from "./pages/Executions";
import { InstancePage } from "./pages/Instance";
import { InstancesPage } from "./pages/Instances";
import { ModelPage } from "./pages/Model";
import { ModelsPage } from "./pages/Models";
import { WorkersPage } from "./pages/Workers";
import { NoticeList } from "./parts/Notices";
import { SignIn } from "./parts/SignIn";
import { followLinks, type Place, placeOf, to, usePath } from "./routing";
import * as session from "./session";
import { choose, chosen, THEMES, type Theme } from "./theme";

const NAVIGATION = [
  ["models", "Models"],
  ["instances", "Instances"],
  ["executions", "Executions"],
  ["workers", "Workers"],
] as const;

export function App() {
  const path = usePath();
  const wanted = useWanted();
  const place = placeOf(path);
  return (
    <div class="shell" onClick={followLinks}>
      <a class="skip" href="#content">
        Skip to the content
      </a>
      <header class="top">
        <a class="brand" href={to("instances")}>
          <span class="brand-sign" aria-hidden="true" />
          Ditrit <span class="brand-rest">Workflows</span>
        </a>
        <nav aria-label="Main">
          {NAVIGATION.map(([name, label]) => (
            <a key={name} href={to(name)} aria-current={section(place) === name ? "page" : undefined}>
              {label}
            </a>
          ))}
        </nav>
        <div class="top-end">
          <ThemeChoice />
          <a class="quiet" href="/" title="The REST API, in Swagger UI">
            API
          </a>
          {session.token() !== null && (
            <button type="button" class="quiet" onClick={session.signOut}>
              Sign out
            </button>
          )}
        </div>
      </header>
      <main id="content" tabIndex={-1}>
        {wanted ? <SignIn /> : <Content key={path}>{shownAt(place)}</Content>}
      </main>
      <NoticeList />
    </div>
  );
}

/** What a place shows; the heading gets the focus when the user has gone there, so that a screen reader says where. */
function Content({ children }: { children: ComponentChildren }) {
  useEffect(() => {
    if (document.activeElement !== document.body && document.activeElement?.closest(".top") === null) {
      document.getElementById("content")?.focus({ preventScroll: true });
    }
    window.scrollTo(0, 0);
  }, []);
  return <>{children}</>;
}

function section(place: Place): string {
  return place.name === "nowhere" || place.name.endsWith("s") ? place.name : `${place.name}s`;
}

function shownAt(place: Place) {
  switch (place.name) {
    case "models":
      return <ModelsPage />;
    case "model":
      return <ModelPage model={place.model} />;
    case "instances":
      return <InstancesPage />;
    case "instance":
      return <InstancePage model={place.model} instance={place.instance} />;
    case "executions":
      return <ExecutionsPage />;
    case "execution":
      return <ExecutionPage id={place.id} />;
    case "workers":
      return <WorkersPage />;
    case "nowhere":
      return <Nowhere path={place.path} />;
  }
}

function Nowhere({ path }: { path: string }) {
  return (
    <section class="empty">
      <h1>There is nothing here</h1>
      <p>
        No place of this page is called <code>{path}</code>. <a href={to("instances")}>See the instances</a>.
      </p>
    </section>
  );
}

const LABELS: Readonly<Record<Theme, string>> = { system: "System", light: "Light", dark: "Dark" };

function ThemeChoice() {
  const [theme, setTheme] = useState(chosen());
  return (
    <label class="theme">
      <span class="hidden">Theme</span>
      <select
        value={theme}
        onChange={(event) => {
          const found = THEMES.find((known) => known === event.currentTarget.value) ?? "system";
          choose(found);
          setTheme(found);
        }}
      >
        {THEMES.map((known) => (
          <option key={known} value={known}>
            {LABELS[known]}
          </option>
        ))}
      </select>
    </label>
  );
}

function useWanted(): boolean {
  const [wanted, setWanted] = useState(session.isWanted());
  useEffect(() => session.onWanted(setWanted), []);
  return wanted;
}
