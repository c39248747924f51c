import type { RecordView } from "../event/record_view.ts";
import { hexAddress, unsignedAt } from "../event/value_fields.ts";
import type { TypeSource } from "../event/type_source.ts";
import { ascii } from "./put.ts";
import { TYPE_NAME_UNITS } from "./value_room.ts";

/** Names of types as the bytes of a format: each is encoded once. */
export class TypeNames {
  readonly #source: Partial<TypeSource> | undefined;
  readonly #encode: (text: string) => string;
  readonly #known = new Map<string, Uint8Array>();

  /** @param encode a name as the format has it */
  constructor(source: Partial<TypeSource> | undefined, encode: (text: string) => string) {
    this.#source = source;
    this.#encode = encode;
  }

  /** The name of the type whose descriptor's address is in field `index`, or that address where it has none. */
  at(view: RecordView, index: number): Uint8Array {
    const name = this.#source?.typeAt?.(view.pid, unsignedAt(view, index));
    return name === undefined ? ascii(this.#encode(hexAddress(view, index))) : this.encoded(name);
  }

  /** A name that is known already. */
  encoded(name: string): Uint8Array {
    let bytes = this.#known.get(name);
    if (bytes === undefined) {
      const isLong = name.length > TYPE_NAME_UNITS;
      bytes = ascii(this.#encode(isLong ? `${name.slice(0, TYPE_NAME_UNITS - 1)}…` : name));
      this.#known.set(name, bytes);
    }
    return bytes;
  }
}
