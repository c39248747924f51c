/** A module as `go version -m` lists it. */
export interface Module {
  readonly path: string;
  /** E.g. `v1.2.3`, or `(devel)`. */
  readonly version: string;
  /** The module that was built in its place, by a `replace` line. */
  readonly replace?: Module;
}

/** What the go command writes into an executable that it builds in module mode. */
export interface ModuleInfo {
  /** The main package's import path, e.g. `example.com/server`; undefined when it is not stated. */
  readonly mainPackagePath?: string;
  readonly mainModule?: Module;
  readonly dependencies: readonly Module[];
  /** Build settings from Go 1.18 on, e.g. `-ldflags`, `CGO_ENABLED`, `vcs.revision`. */
  readonly settings: ReadonlyMap<string, string>;
}

/**
 * Reads the module information: lines of fields separated by tabs. A line that is not understood is left out, since
 * nothing that a probe needs hangs on it and each Go version may add its own.
 *
 * Source: Go's src/runtime/debug/mod.go, `ParseBuildInfo`.
 */
export function parseModuleInfo(text: string): ModuleInfo {
  let mainPackagePath: string | undefined;
  const dependencies: Module[] = [];
  const settings = new Map<string, string>();
  let mainModule: Module | undefined;
  let last: "main" | "dependency" | undefined;
  for (const line of text.split("\n")) {
    const tab = line.indexOf("\t");
    const rest = line.slice(tab + 1);
    switch (tab < 0 ? "" : line.slice(0, tab)) {
      case "path":
        mainPackagePath = rest;
        break;
      case "mod":
        mainModule = moduleOf(rest);
        last = "main";
        break;
      case "dep":
        dependencies.push(moduleOf(rest));
        last = "dependency";
        break;
      case "=>": {
        const replace = moduleOf(rest);
        const previous = dependencies.at(-1);
        if (last === "main" && mainModule !== undefined) mainModule = { ...mainModule, replace };
        else if (last === "dependency" && previous !== undefined) {
          dependencies[dependencies.length - 1] = { ...previous, replace };
        }
        last = undefined;
        break;
      }
      case "build": {
        const setting = settingOf(rest);
        if (setting !== undefined) settings.set(setting[0], setting[1]);
      }
    }
  }
  return {
    ...(mainPackagePath === undefined ? {} : { mainPackagePath }),
    ...(mainModule === undefined ? {} : { mainModule }),
    dependencies,
    settings,
  };
}

/** Path, version and, of no use here, the checksum. */
function moduleOf(fields: string): Module {
  const [path = "", version = ""] = fields.split("\t");
  return { path, version };
}

/** `key=value`, either of them quoted as in Go source where it must be. */
function settingOf(text: string): [key: string, value: string] | undefined {
  const key = QUOTED.exec(text)?.[0] ?? /^[^=]*/.exec(text)?.[0] ?? "";
  if (key === "" || text[key.length] !== "=") return undefined;
  return [unquote(key), unquote(text.slice(key.length + 1))];
}

const QUOTED = /^(?:`[^`]*`|"(?:[^"\\]|\\.)*")/;

/** A Go string literal's value; text that is none stays as it is. Source: the Go specification, "String literals". */
function unquote(text: string): string {
  if (QUOTED.exec(text)?.[0] !== text) return text;
  const inner = text.slice(1, -1);
  if (text.startsWith("`")) return inner;
  return inner.replace(
    /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.))/g,
    (escape, hex, short, long, octal, letter: string | undefined) => {
      if (letter !== undefined) return ESCAPES[letter] ?? letter;
      const code = octal === undefined ? parseInt(hex ?? short ?? long, 16) : parseInt(octal, 8);
      return code <= 0x10ffff ? String.fromCodePoint(code) : escape;
    },
  );
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};
