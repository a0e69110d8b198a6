// Where the page begins.

import { render } from "preact";
import { App } from "./app";
import { apply } from "./theme";
import "./style/tokens.css";
import "./style/shell.css";
import "./style/parts.css";
import "./style/panel.css";

apply();
const root = document.getElementById("page");
if (root !== null) render(<App />, root);
