import { isPageParam } from "./search-params";

/** A GET form replaces the whole search; these hidden fields keep the rest of it. */
export function KeptParams({ params, except }: { params: URLSearchParams; except: string[] }) {
  return (
    <>
      {[...params]
        .filter(([name]) => !except.includes(name) && !isPageParam(name))
        .map(([name, value]) => (
          <input key={`${name}=${value}`} type="hidden" name={name} value={value} />
        ))}
    </>
  );
}
