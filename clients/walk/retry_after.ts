const MAX_TRIES = 3;

/** fetch that asks again where the service says when: 429 and 503 with Retry-After, in seconds. */
export async function retryAfter(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const request = new Request(input, init);
  for (let left = MAX_TRIES;;) {
    const response = await fetch(request.clone());
    const seconds = response.headers.get("Retry-After");
    if ((response.status !== 429 && response.status !== 503) || seconds === null || --left === 0) return response;
    await response.body?.cancel();
    await new Promise((resolve) => setTimeout(resolve, Number(seconds) * 1000));
  }
}
