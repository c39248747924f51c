import { join } from "node:path";
import type { Architecture } from "../../isa/mod.ts";
import { buildProgram } from "../foreign/go_module.ts";
import { ALL_VERSIONS, installedGo, runTool } from "../toolchains.ts";

/** An executable with ten thousands of functions. */
export interface LargeExecutable {
  readonly title: string;
  readonly architecture: Architecture;
  readonly path: () => Promise<string>;
}

const NEWEST = ALL_VERSIONS.at(-1)!;

/** Prometheus's tool with its clients of every cloud, and Go's own commands as they are distributed. */
export const LARGE_EXECUTABLES: readonly LargeExecutable[] = [
  {
    title: "promtool, amd64",
    architecture: "x86_64",
    path: () =>
      buildProgram({
        module: "github.com/prometheus/prometheus",
        version: "v0.55.1",
        package: "./cmd/promtool",
      }),
  },
  ...["amd64", "arm64"].flatMap((goarch) =>
    ["bin/go", `pkg/tool/linux_${goarch}/compile`, `pkg/tool/linux_${goarch}/vet`].map((file) => ({
      title: `${file.split("/").at(-1)} of Go ${NEWEST}, ${goarch}`,
      architecture: goarch === "arm64" ? "aarch64" as const : "x86_64" as const,
      path: async () => join(await distribution(NEWEST, goarch), file),
    }))
  ),
];

/** The folder of a Go distribution for an architecture, which need not be this machine's. */
async function distribution(version: string, goarch: string): Promise<string> {
  const { go, env } = await installedGo();
  const module = `golang.org/toolchain@v0.0.1-go${version}.linux-${goarch}`;
  const answer = await runTool(go, ["mod", "download", "-json", module], { env, cwd: "/" });
  return (JSON.parse(answer) as { readonly Dir: string }).Dir;
}
