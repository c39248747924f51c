/** Where a value starts: a register of Go's calling convention, or a word on the stack at the site. */
export type Location =
  | {
    readonly kind: "register";
    /** Index in Go's order of integer argument registers (amd64: AX BX CX DI SI R8 R9 R10 R11; arm64: R0 to R15). */
    readonly index: number;
    /** Its name, for people. */
    readonly name: string;
  }
  | {
    readonly kind: "stack";
    /** Bytes above the stack pointer as it stands at the function's entry. */
    readonly offset: number;
  };
