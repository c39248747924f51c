/** Writes members of a generated layout, little-endian as both architectures are. */
export class LayoutWriter {
  readonly #view: DataView;

  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.#view = new DataView(bytes.buffer);
  }

  /** @param at where the struct begins */
  set(member: { readonly offset: number; readonly size: number }, value: number | bigint, at = 0): void {
    const offset = at + member.offset;
    switch (member.size) {
      case 1:
        return this.#view.setUint8(offset, Number(value));
      case 2:
        return this.#view.setUint16(offset, Number(value), true);
      case 4:
        return value < 0
          ? this.#view.setInt32(offset, Number(value), true)
          : this.#view.setUint32(offset, Number(value), true);
      default:
        return this.#view.setBigUint64(offset, BigInt.asUintN(64, BigInt(value)), true);
    }
  }
}
