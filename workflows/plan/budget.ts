/** Bytes of rendered SQL that may be under way at once: all payloads of a workflow task together must stay below gRPC's 4 MB. */
export const MAX_BYTES_IN_FLIGHT = 2 * 1024 * 1024;

/** Whether another partition's SQL may be sent while `inFlight` bytes are under way. One always may. */
export function fits(inFlight: number, bytes: number): boolean {
  return inFlight === 0 || inFlight + bytes <= MAX_BYTES_IN_FLIGHT;
}

/** Bytes of a payload as it is sent. */
export function sizeOf(payload: unknown): number {
  return new TextEncoder().encode(JSON.stringify(payload)).length;
}
