/** How `gatehouse explain` is called. */
export const EXPLAIN_USAGE = `Usage:
  gatehouse explain '<METHOD> <path>' --app <file>[#<export>] [--as <id>|<file.json>] [--roles a,b] [--scopes a,b]
                    [--tenant <id>] [--object <id>] [--values] [--json] [--production]

explain   says what was decided about a route: who is let in, by which rules, who writes and who sees what
--app     a file of the built application, and what it exports: a module class, or a function that returns a module
          or an application. Its providers start, its start hooks run, nothing listens
--as      for this caller: an id, or a JSON file with id, roles, scopes, tenant, claims
--object  and for this object: which rule says what of it. --values shows what the rules found, personal data included
--json    for programs`;
