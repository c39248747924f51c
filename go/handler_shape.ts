import { parseFunctionName } from "./function_name.ts";

/** What a method's receiver is: a pointer, any other value, or nothing for a function. */
export type ReceiverKind = "none" | "pointer" | "value";

/** The receiver of the function of that symbol. What follows a method's name is a closure in it, or its method value. */
export function receiverKindOf(symbol: string): ReceiverKind {
  const { receiver, suffix } = parseFunctionName(symbol);
  if (receiver === undefined || suffix !== "") return "none";
  return receiver.pointer ? "pointer" : "value";
}

/** What pclntab says of a function's arguments. */
export interface ArgumentFacts {
  /** Bytes, on the stack or where they would be there; undefined where it does not say. */
  readonly argsBytes: number | undefined;
  /** Whether each word is a pointer that is used; undefined where it does not say. */
  readonly pointerWords: readonly boolean[] | undefined;
  /** What traces of panics print, from Go 1.17, to its end mark; undefined where it does not say. */
  readonly argumentInfo: Uint8Array | undefined;
}

/** An interface of two words and a pointer. */
const HANDLER_BYTES = 24;
const WORD = 8;

/**
 * Marks in what traces of panics print: the rest are pairs of an offset and a size. Source: `TraceArgs` in Go's
 * src/internal/abi/symtab.go.
 */
const Mark = { end: 0xff, startGroup: 0xfe, endGroup: 0xfd, more: 0xfc, offsetTooLarge: 0xfb } as const;

/** Whether so many bytes of arguments have room for a handler's, whatever comes before them. */
export function hasRoomForRequest(argsBytes: number | undefined): boolean {
  return argsBytes === undefined || argsBytes >= HANDLER_BYTES;
}

/** Whether they are as many as a handler's that comes behind such a receiver. Parameters as {@linkcode mayTakeRequest}. */
export function hasSizeForRequest(
  argsBytes: number | undefined,
  receiver: ReceiverKind,
  dictionary: boolean,
): boolean {
  if (argsBytes === undefined) return true;
  const start = argsBytes - HANDLER_BYTES;
  const before = (receiver === "pointer" ? WORD : 0) + (dictionary ? WORD : 0);
  return receiver === "value" ? start >= before : start === before;
}

/**
 * Whether a function's last arguments can be an `http.ResponseWriter` and a `*http.Request`: 24 bytes, the first word no
 * pointer to the heap (an itab), and from Go 1.17 a group of two words and one word. What it does not say speaks for it:
 * of a closure in a generic function Go leaves out the first, as if it were the dictionary.
 *
 * @param dictionary whether a word for the dictionary of a generic function comes first, behind the receiver
 */
export function mayTakeRequest(facts: ArgumentFacts, receiver: ReceiverKind, dictionary: boolean): boolean {
  const { argsBytes, pointerWords, argumentInfo } = facts;
  if (argsBytes === undefined) return true;
  if (!hasSizeForRequest(argsBytes, receiver, dictionary)) return false;
  if (
    argumentInfo === undefined ||
    argumentInfo.some((byte) => byte === Mark.more || byte === Mark.offsetTooLarge)
  ) {
    return pointerWords?.[(argsBytes - HANDLER_BYTES) / WORD] !== true;
  }
  const last = [argsBytes - WORD, WORD];
  if (receiver === "none" && !dictionary && isEqual(argumentInfo, last)) return pointerWords?.[0] !== true;
  return placesOf(argsBytes, receiver).some(([w, req]) => {
    const wanted = [Mark.startGroup, w, WORD, w + WORD, WORD, Mark.endGroup, req, WORD];
    return pointerWords?.[w / WORD] !== true &&
      isEqual(argumentInfo.subarray(Math.max(0, argumentInfo.length - wanted.length)), wanted);
  });
}

/**
 * Where the two can be among the arguments: at their end; or the one for which a large receiver leaves no registers at
 * their begin, on the stack, before the places of those that have some.
 */
function placesOf(argsBytes: number, receiver: ReceiverKind): (readonly [w: number, req: number])[] {
  const atEnd = [argsBytes - 3 * WORD, argsBytes - WORD] as const;
  if (receiver !== "value") return [atEnd];
  return [atEnd, [0, argsBytes - WORD], [argsBytes - 2 * WORD, 0], [0, 2 * WORD]];
}

function isEqual(bytes: Uint8Array, wanted: readonly number[]): boolean {
  return bytes.length === wanted.length && wanted.every((byte, i) => byte === bytes[i]);
}

/** The bytes of it before its end mark; undefined where none is near. */
export function argumentInfoOf(bytes: Uint8Array): Uint8Array | undefined {
  const end = bytes.indexOf(Mark.end);
  return end < 0 ? undefined : bytes.subarray(0, end);
}
