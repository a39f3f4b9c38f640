/** Says what is being measured. */
export type Progress = (step: string) => void;

/** Progress on standard error, with the seconds since the start. */
export function progressOn(stream: NodeJS.WritableStream): Progress {
  const began = performance.now();
  return (step) => {
    const seconds = Math.round((performance.now() - began) / 1000);
    stream.write(`${String(seconds).padStart(4)} s  ${step}\n`);
  };
}
