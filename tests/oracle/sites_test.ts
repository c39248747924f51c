import assert from "node:assert/strict";
import { decode } from "../../isa/amd64/decode.ts";
import { type Architecture, findProbeSite, type SiteChoice } from "../../isa/mod.ts";
import { buildGo, chosenVersions, ensureToolchain, installedGo, runTool } from "../toolchains.ts";

/** How a program is built, and which of its functions are compared. */
interface Variant {
  readonly architecture: Architecture;
  readonly env?: Readonly<Record<string, string>>;
  readonly flags?: readonly string[];
  /** Whether all functions of the executable are compared, or those of package main. */
  readonly whole: boolean;
}

const VARIANTS: Readonly<Record<string, Variant>> = {
  default: { architecture: "x86_64", whole: true },
  pie: { architecture: "x86_64", flags: ["-buildmode=pie"], whole: false },
  static: { architecture: "x86_64", env: { CGO_ENABLED: "0" }, whole: false },
  external: {
    architecture: "x86_64",
    flags: ["-buildmode=pie", "-ldflags=-linkmode=external"],
    env: { CGO_ENABLED: "1" },
    whole: false,
  },
  debug: { architecture: "x86_64", flags: ["-gcflags=all=-N -l"], whole: true },
  arm64: { architecture: "aarch64", env: { GOARCH: "arm64", CGO_ENABLED: "0" }, whole: true },
};

/** Functions whose prologue may be unknown: hand-written ones that call morestack themselves. */
const UNKNOWN_PROLOGUES: ReadonlySet<string> = new Set<string>([]);

/** A function as `go tool objdump` shows it: the oracle. */
interface Disassembly {
  readonly name: string;
  readonly address: number;
  readonly code: Uint8Array;
  readonly lines: readonly Line[];
}

interface Line {
  readonly offset: number;
  readonly length: number;
  readonly mnemonic: string;
  readonly operands: string;
  /** Of a branch: bytes from the function's start. Of a call: undefined. */
  readonly target: number | undefined;
  /** The symbol called. */
  readonly callee: string;
}

for (const version of chosenVersions()) {
  for (const [name, variant] of Object.entries(VARIANTS)) {
    Deno.test(`findProbeSite() agrees with objdump about Go ${version}, ${name}`, async () => {
      await compare(version, variant, `${version} ${name}`);
    });
  }
}

async function compare(version: string, variant: Variant, title: string): Promise<void> {
  const functions = await disassemble(await build(version, variant), variant);
  const morestack = new Set(functions.morestack);
  const isMorestack = (address: number) => morestack.has(address);
  const counts = { push: 0, branch: 0, entry: 0, emulated: 0, refused: 0, repeated: 0 };
  const wrong: string[] = [];
  for (const { name, address, code, lines } of functions.all) {
    const options = { architecture: variant.architecture, address };
    const site = findProbeSite(code, { ...options, isMorestack });
    const expected = expectedSite(lines, variant.architecture);
    if (site.offset !== expected.offset || site.class !== expected.class) {
      wrong.push(`${name}: ${describe(site)} instead of ${describe(expected)}`);
    }
    if (site.reason.startsWith("unknown prologue") && !UNKNOWN_PROLOGUES.has(name)) {
      wrong.push(`${name}: ${site.reason}`);
    }
    if (site.class !== "entry" && (site.refusal !== "" || !site.emulated || site.instruction === "")) {
      wrong.push(`${name}: ${site.instruction} is not emulated`);
    }
    // The first bytes alone, and no symbols, give the same site.
    const hurried = findProbeSite(code.subarray(0, 256), options);
    if (hurried.offset !== site.offset || hurried.class !== site.class) {
      wrong.push(`${name}: ${describe(hurried)} from the first bytes, not ${describe(site)}`);
    }
    wrong.push(...checkConvention(site, version, variant).map((what) => `${name}: ${what}`));
    counts[site.class]++;
    if (site.emulated) counts.emulated++;
    if (site.refusal !== "") counts.refused++;
    if (!site.once) counts.repeated++;
  }
  assert.deepEqual(wrong, []);
  const total = functions.all.length;
  assert.ok(total >= (variant.whole ? 3000 : 15), `${title}: only ${total} functions`);
  const shares = Object.entries(counts).map(([what, count]) =>
    `${what} ${(100 * count / total).toFixed(1)} %`
  );
  console.log(`${title}: ${total} functions, ${shares.join(", ")}`);
}

/** What the shape of the check says of the calling convention, against the version that compiled it. */
function checkConvention(site: SiteChoice, version: string, variant: Variant): string[] {
  const minor = Number(version.split(".")[1]);
  const arm64 = variant.architecture === "aarch64";
  if (site.class === "entry") return [];
  if (minor < (arm64 ? 18 : 17)) return site.convention === "stack" ? [] : [`${site.convention} arguments`];
  // Assembly keeps the arguments on the stack, and on arm64 its check looks the same.
  if (arm64) return site.convention === "register" ? [] : [`${site.convention} arguments`];
  const register = site.g.kind === "register" && site.g.register === "r14";
  return register === (site.convention === "register") ? [] : [`${site.convention} arguments`];
}

Deno.test("findProbeSite() tells the g source and the convention of each awkward handler", async () => {
  for (const version of chosenVersions()) {
    const minor = Number(version.split(".")[1]);
    for (const [name, variant] of Object.entries(VARIANTS)) {
      const { all } = await disassemble(await build(version, variant), { ...variant, whole: false });
      const choose = (symbol: string): SiteChoice => {
        const found = all.find((candidate) => candidate.name === symbol);
        assert.ok(found, `${symbol} in ${version} ${name}`);
        return findProbeSite(found.code, { architecture: variant.architecture, address: found.address });
      };
      const handlers = ["littleFrame", "middleFrame", "hugeFrame", "hugerFrame", "small.ServeHTTP", "loops"];
      const arm64 = variant.architecture === "aarch64";
      for (const handler of [...handlers, "(*sized).ServeHTTP", "deferring", "main.func1"]) {
        const site = choose(`main.${handler}`);
        const where = `${version} ${name} ${handler}`;
        assert.equal(site.class, !arm64 && minor >= 21 ? "push" : "branch", where);
        assert.equal(site.convention, minor >= (arm64 ? 18 : 17) ? "register" : "stack", where);
        if (arm64) assert.deepEqual(site.g, { kind: "register", register: "x28" }, where);
        else if (minor >= 17) assert.deepEqual(site.g, { kind: "register", register: "r14" }, where);
        else assert.equal(site.g.kind, "tls", where);
      }
      for (const unchecked of ["nosplit", "leafOf", "empty"]) {
        const site = choose(`main.${unchecked}`);
        assert.deepEqual([site.class, site.reason], ["entry", "no stack check"], unchecked);
      }
    }
  }
});

Deno.test("decode() finds the same amd64 instruction boundaries as objdump", async () => {
  for (const version of chosenVersions()) {
    const { all } = await disassemble(await build(version, VARIANTS["default"]!), VARIANTS["default"]!);
    const wrong: string[] = [];
    let compared = 0;
    for (const { name, code, lines } of all) {
      // Objdump does not know AVX: it shows `?` for single bytes, or another instruction's name.
      if (lines.some((line) => line.mnemonic === "?" || isVector(code[line.offset]))) continue;
      for (const line of lines) {
        compared++;
        const instruction = decode(code, line.offset);
        if (instruction?.length === line.length && branchAgrees(instruction.target, line)) continue;
        wrong.push(
          `${name}+${line.offset}: ${instruction?.length} bytes, not ${line.length} (${line.mnemonic})`,
        );
        break;
      }
    }
    assert.deepEqual(wrong, [], version);
    console.log(`${version}: ${compared} instructions`);
  }
});

function isVector(first: number | undefined): boolean {
  return first === 0xc4 || first === 0xc5 || first === 0x62;
}

function branchAgrees(target: number | undefined, line: Line): boolean {
  return line.target === undefined || target === line.target;
}

/** The site by objdump's text alone: behind, or at, the last branch to the block that calls morestack. */
function expectedSite(
  lines: readonly Line[],
  architecture: Architecture,
): Pick<SiteChoice, "offset" | "class"> {
  const call = lines.findLastIndex((line) => isMorestackName(line.callee));
  if (call < 0) return { offset: 0, class: "entry" };
  // The block reaches back from the call over what neither branches nor returns.
  let first = call;
  while (first > 0 && !/^(J|B|CALL|RET|UNDEF|UD2|INT|\?)/.test(lines[first - 1]?.mnemonic ?? "")) first--;
  const from = lines[first]?.offset ?? 0;
  const to = lines[call]?.offset ?? 0;
  // A body that never ends (a `select`) may jump to padding right before the block, which has the highest target.
  const targets = lines.filter((line) => line.offset < from).map((line) => line.target ?? -1);
  const block = Math.max(...targets.filter((target) => target >= from && target <= to));
  const last = lines.findLastIndex((line) => line.offset < from && line.target === block);
  const site = lines[last];
  if (site === undefined) return { offset: 0, class: "entry" };
  const next = lines[last + 1];
  const pushed = architecture === "x86_64" && next?.mnemonic === "PUSHQ" && next.operands === "BP";
  return pushed ? { offset: next.offset, class: "push" } : { offset: site.offset, class: "branch" };
}

function describe(site: Pick<SiteChoice, "offset" | "class">): string {
  return `${site.class} at +${site.offset}`;
}

async function build(version: string, variant: Variant): Promise<string> {
  return await buildGo({
    toolchain: await ensureToolchain(version),
    files: { "main.go": AWKWARD },
    output: "server",
    ...(variant.env === undefined ? {} : { env: variant.env }),
    ...(variant.flags === undefined ? {} : { flags: variant.flags }),
  });
}

/** The functions of Go packages in an executable, and the addresses of morestack in its variants. */
async function disassemble(
  executable: string,
  variant: Variant,
): Promise<{ readonly all: Disassembly[]; readonly morestack: number[] }> {
  const { go, env } = await installedGo();
  const symbols = variant.whole ? [] : ["-s", "^(main\\.|runtime\\.morestack)"];
  const text = await runTool(go, ["tool", "objdump", ...symbols, executable], { env });
  const functions = text.split(/^TEXT /m).slice(1).map((part) => parseFunction(part, variant.architecture));
  // C functions, of cgo, have no dot.
  const named = functions.filter(({ name, lines }) =>
    lines.length > 0 && name.includes(".") && !name.includes("(.text)") &&
    (variant.whole || name.startsWith("main."))
  );
  return {
    all: named,
    morestack: functions.filter(({ name }) => isMorestackName(name)).map(({ address }) => address),
  };
}

function isMorestackName(name: string): boolean {
  return /^runtime\.morestack(c|_noctxt)?(\.abi0)?$/.test(name);
}

function parseFunction(part: string, architecture: Architecture): Disassembly {
  const [head = "", ...rest] = part.split("\n");
  const cells = rest.map((line) => line.split("\t").map((cell) => cell.trim()).filter((cell) => cell !== ""))
    .filter(([, at = ""]) => at.startsWith("0x"));
  const address = Number(cells[0]?.[1] ?? 0);
  const lines: Line[] = [];
  const bytes: number[] = [];
  for (const [, at = "", hex = "", instruction = ""] of cells) {
    const offset = Number(at) - address;
    const [mnemonic = "", ...operands] = instruction.split(" ");
    const encoded = hex.match(/../g)?.map((byte) => parseInt(byte, 16)) ?? [];
    // An arm64 instruction is printed as a word, most significant byte first.
    bytes.push(...(architecture === "aarch64" ? encoded.reverse() : encoded));
    const isCall = mnemonic === "CALL" || mnemonic === "BL";
    lines.push({
      offset,
      length: encoded.length,
      mnemonic,
      operands: operands.join(" "),
      target: isCall ? undefined : branchTarget(operands.at(-1) ?? "", mnemonic, offset, address),
      callee: isCall ? (operands[0] ?? "").replace(/\(SB\)$/, "") : "",
    });
  }
  return { name: head.slice(0, head.indexOf("(SB)")), address, code: Uint8Array.from(bytes), lines };
}

/** `JBE 0x62a444` on amd64, `BLS 14(PC)` and `TBZ $0, R6, 7(PC)` in instructions on arm64. */
function branchTarget(
  operand: string,
  mnemonic: string,
  offset: number,
  address: number,
): number | undefined {
  if (!/^(J|B|CB|TB)/.test(mnemonic)) return undefined;
  const words = /^(-?\d+)\(PC\)$/.exec(operand)?.[1];
  if (words !== undefined) return offset + Number(words) * 4;
  return /^0x[0-9a-f]+$/.test(operand) ? Number(operand) - address : undefined;
}

/** Handlers of every frame size and kind of receiver. It builds with Go 1.12. */
const AWKWARD = `package main

import (
	"errors"
	"net/http"
	"os"
)

type small struct{ hits int }
type sized struct{ name, kind, extra string }
type byPointer struct{ http.Handler }
type embeds struct{ sized }

var sink byte

//go:noinline
func touch(p []byte) {
	for i := range p {
		p[i] = byte(i)
		sink += p[i]
	}
}

//go:noinline
func (s small) ServeHTTP(w http.ResponseWriter, r *http.Request) { w.WriteHeader(204) }

//go:noinline
func (s sized) ServeHTTP(w http.ResponseWriter, r *http.Request) { w.Write([]byte(s.name + s.kind + s.extra)) }

func littleFrame(w http.ResponseWriter, r *http.Request) {
	var buf [300]byte
	touch(buf[:])
	w.WriteHeader(200 + int(buf[7]))
}

func middleFrame(w http.ResponseWriter, r *http.Request) {
	var buf [5 << 10]byte
	touch(buf[:])
	w.WriteHeader(200 + int(buf[7]))
}

func hugeFrame(w http.ResponseWriter, r *http.Request) {
	var buf [32 << 10]byte
	touch(buf[:])
	w.WriteHeader(200 + int(buf[7]))
}

func hugerFrame(w http.ResponseWriter, r *http.Request) {
	var buf [1 << 20]byte
	touch(buf[:])
	w.WriteHeader(200 + int(buf[7]))
}

func loops(w http.ResponseWriter, r *http.Request) {
	for {
		if _, err := w.Write([]byte("x")); err != nil {
			return
		}
	}
}

func deferring(w http.ResponseWriter, r *http.Request) {
	defer func() {
		if recover() != nil {
			w.WriteHeader(500)
		}
	}()
	panic(errors.New(r.URL.Path))
}

//go:noinline
func leaf(a, b int) int { return a*b + 1 }

//go:nosplit
//go:noinline
func nosplit(a, b int) int { return leafOf(a) + b }

//go:nosplit
//go:noinline
func leafOf(a int) int { return a << 3 }

//go:noinline
func empty(w http.ResponseWriter, r *http.Request) {}

//go:noinline
func countdown(n int) int {
	for n > 10 {
		n -= leaf(n, n)
	}
	return n
}

//go:noinline
func many(a, b, c, d, e, f, g, h, i, j, k int, s string, x float64) int {
	touch([]byte(s))
	return a + b + c + d + e + f + g + h + i + j + k + int(x)
}

func main() {
	name := os.Args[0]
	http.Handle("/small", small{1})
	http.Handle("/sized", sized{name, name, name})
	http.Handle("/pointer", &sized{name, name, name})
	http.Handle("/embeds", &embeds{sized{name, name, name}})
	http.Handle("/interface", &byPointer{sized{name, "", ""}})
	http.HandleFunc("/little", littleFrame)
	http.HandleFunc("/middle", middleFrame)
	http.HandleFunc("/huge", hugeFrame)
	http.HandleFunc("/huger", hugerFrame)
	http.HandleFunc("/loops", loops)
	http.HandleFunc("/deferring", deferring)
	http.HandleFunc("/empty", empty)
	http.HandleFunc("/closure", func(w http.ResponseWriter, r *http.Request) {
		w.Write([]byte(name + r.URL.Path))
	})
	http.HandleFunc("/bound", sized{name, "", ""}.ServeHTTP)
	f := (*byPointer).ServeHTTP
	http.HandleFunc("/expression", func(w http.ResponseWriter, r *http.Request) { f(&byPointer{sized{}}, w, r) })
	if len(name) == 0 {
		os.Exit(leaf(len(name), 2) + nosplit(1, len(name)) + countdown(5) + many(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, name, 2.5))
	}
	http.ListenAndServe("127.0.0.1:0", nil)
}
`;
