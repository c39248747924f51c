import { BytesSource } from "../../base/mod.ts";
import { buildElf, type SectionSpec, symbolSections } from "../../elf/elf_builder.ts";
import { ElfFile, readSymbols } from "../../elf/mod.ts";
import { NameGlob, nearestNames } from "../../go/mod.ts";
import { type Action, attempt } from "./hostile_reading.ts";

/** Functions that share one long name. */
function sharedSymbolName(): Action {
  const long = `main.${"é".repeat(30_000)}`;
  const [symbols, strings] = symbolSections([{ name: long, address: 0x1000 }]) as [SectionSpec, SectionSpec];
  const count = 100_000;
  const data = new Uint8Array(24 * (count + 1));
  for (let i = 1; i <= count; i++) data.set(symbols.data!.subarray(24), i * 24);
  const file = buildElf({ sections: [{ ...symbols, data }, strings] });
  const table = readSymbols(new ElfFile(new BytesSource(file)))!;
  const glob = new NameGlob("main.*x");
  return () => {
    attempt(() => table.containing("main.").filter(({ name }) => glob.matches(name)));
    attempt(() => nearestNames("main.ping", table.functions(), 3));
  };
}

/** Cases of symbols, by what they are; each is made when it is asked for. */
export const SYMBOL_CASES: Readonly<Record<string, () => Action>> = {
  "100,000 symbols that share a name of 60,000 bytes": sharedSymbolName,
};
