import { join } from "node:path";
import type { Certificate } from "./certificate.ts";
import { type ForeignCommand, ForeignServer } from "./foreign_server.ts";
import type { GoProgram } from "./go_module.ts";

/** Caddy's newest release, which needs Go 1.26. */
export const CADDY: GoProgram = {
  module: "github.com/caddyserver/caddy/v2",
  version: "v2.11.9",
  package: "./cmd/caddy",
};

/**
 * Starts a Caddy that answers 200 below /answer/, serves files below /files/ and has no administration port: over
 * HTTPS with a certificate, else over HTTP. Its answers say by which protocol and from which of the client's ports the
 * request came.
 */
export async function startCaddy(binary: string, certificate?: Certificate): Promise<ForeignServer> {
  const command: ForeignCommand = {
    binary,
    args: async (port, folder) => {
      const config = join(folder, "Caddyfile");
      await Deno.writeTextFile(config, caddyfile(port, folder, certificate));
      return ["run", "--config", config, "--adapter", "caddyfile"];
    },
    ready: /serving initial configuration/,
  };
  return await ForeignServer.start(command);
}

function caddyfile(port: number, folder: string, certificate: Certificate | undefined): string {
  const scheme = certificate === undefined ? "http" : "https";
  const tls = certificate === undefined ? "" : `tls ${certificate.certificateFile} ${certificate.keyFile}`;
  return `{
	admin off
	auto_https off
	skip_install_trust
	storage file_system ${folder}/storage
}
${scheme}://127.0.0.1:${port} {
	bind 127.0.0.1
	${tls}
	header X-Proto {http.request.proto}
	header X-Client-Port {http.request.remote.port}
	handle /answer/* {
		respond "{http.request.method} {http.request.uri}"
	}
	handle_path /files/* {
		root * ${folder}
		file_server
	}
}
`;
}
