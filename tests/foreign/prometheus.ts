import { join } from "node:path";
import { ForeignServer } from "./foreign_server.ts";

/** Starts a Prometheus that scrapes nothing and keeps its data in its own folder. */
export async function startPrometheus(binary: string): Promise<ForeignServer> {
  return await ForeignServer.start({
    binary,
    args: async (port, folder) => {
      const config = join(folder, "prometheus.yml");
      await Deno.writeTextFile(config, "global: {}\n");
      return [
        `--config.file=${config}`,
        `--web.listen-address=127.0.0.1:${port}`,
        `--storage.tsdb.path=${join(folder, "data")}`,
      ];
    },
    ready: /Server is ready to receive web requests/,
  });
}
