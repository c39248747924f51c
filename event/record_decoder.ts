import { FieldStatus as RecordStatus, FieldWord, RecordLayout as Head } from "../bpf/mod.ts";
import type { Clock } from "./clock.ts";
import { FieldStatus, RecordView } from "./record_view.ts";
import { isWord, RECORD_SIZES, type RecordField, type RecordShape } from "./record_layout.ts";

/** One site that records may come from; a record names it by its index. */
export interface RecordSite {
  /** Which of the run's probes it belongs to. */
  readonly probeIndex: number;
  /** In the record's order. */
  readonly fields: readonly RecordField[];
  readonly shape: RecordShape;
}

/** The slots of a site as flat arrays: [size class * fields + field]. */
interface SiteTable {
  readonly probeIndex: number;
  readonly fieldCount: number;
  readonly offsets: Int32Array;
  readonly capacities: Int32Array;
  readonly isInteger: Uint8Array;
}

/**
 * Fills the one {@linkcode RecordView} of a run from records in the ring's memory. No object is made per record.
 */
export class RecordDecoder {
  readonly view: RecordView = new RecordView();
  readonly #words: Uint32Array;
  readonly #clock: Clock;
  readonly #given: readonly RecordSite[];
  readonly #sites: SiteTable[] = [];
  /** Size in bytes to its index, by the size's 64ths. */
  readonly #classes: Uint8Array;

  /**
   * @param data the ring's data area; records in it start at multiples of 8.
   * @param sites the run's; some may be added later, before their records come.
   */
  constructor(data: Uint8Array, sites: readonly RecordSite[], clock: Clock) {
    this.view.bytes = data;
    this.#words = new Uint32Array(data.buffer, data.byteOffset, data.byteLength >> 2);
    this.#clock = clock;
    this.#given = sites;
    this.#classes = new Uint8Array(Math.max(...RECORD_SIZES) / SIZE_UNIT + 1);
    RECORD_SIZES.forEach((size, i) => this.#classes[size / SIZE_UNIT] = i);
    this.#addSites();
  }

  /** Makes the tables of the sites that have been added. */
  #addSites(): void {
    for (const { probeIndex, fields, shape } of this.#given.slice(this.#sites.length)) {
      this.#sites.push({
        probeIndex,
        fieldCount: fields.length,
        offsets: Int32Array.from(shape.slots.flatMap((row) => row.map((slot) => slot.offset))),
        capacities: Int32Array.from(shape.slots.flatMap((row) => row.map((slot) => slot.capacity))),
        isInteger: Uint8Array.from(fields, (field) => Number(isWord(field))),
      });
    }
  }

  /** Decodes the record at `offset` of the data area into {@linkcode view}. */
  decode(offset: number): RecordView {
    const words = this.#words;
    const view = this.view;
    const at = offset >> 2;
    view.timeNs = this.#clock.since(words[at]!, words[at + 1]!);
    view.pid = words[at + (Head.pid.offset >> 2)]!;
    const siteAndSize = words[at + (Head.site.offset >> 2)]!;
    const index = siteAndSize & 0xffff;
    if (index >= this.#sites.length) this.#addSites();
    const site = this.#sites[index]!;
    const count = site.fieldCount;
    const row = this.#classes[(siteAndSize >>> 16) / SIZE_UNIT]! * count;
    view.probeIndex = site.probeIndex;
    view.fieldCount = count;
    for (let i = 0; i < count; i++) {
      const word = words[at + (Head.fields.offset >> 2) + i]!;
      const status = word >>> FieldWord.lengthBits;
      if (status === JOINED) {
        const length = word & FieldWord.lengthMax;
        view.setField(i, view.start[i - 1]! + view.total[i - 1]! + 1, length, length);
        continue;
      }
      if (status !== FieldStatus.ok) {
        view.setMissing(i, status);
        // What a map that is too large has in the place of a value: how many entries.
        if (status === FieldStatus.unsearched) view.start[i] = offset + site.offsets[row + i]!;
        continue;
      }
      const total = site.isInteger[i] === 1 ? 8 : word & FieldWord.lengthMax;
      const capacity = site.capacities[row + i]!;
      view.setField(i, offset + site.offsets[row + i]!, total < capacity ? total : capacity, total);
    }
    return view;
  }
}

const SIZE_UNIT = 64;
/** Of a string that lies behind the field before. Only here: it is `ok` to all others. */
const JOINED = RecordStatus.joined;
