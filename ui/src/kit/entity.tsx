// Names a user, robot or team, with suggestions from the server.
import { useQuery } from "@tanstack/react-query";
import { useId, useState } from "react";
import { client, read } from "../api/client";
import { TextField } from "./dialogs";

export interface Entity {
  name: string;
  kind: string;
  is_robot?: boolean;
}

export function EntityPicker(props: { label: string; namespace: string; withTeams?: boolean; value: Entity | null; onChange: (entity: Entity | null) => void }) {
  const list = useId();
  const [typed, setTyped] = useState("");
  const found = useQuery({
    queryKey: ["entities", props.namespace, props.withTeams ?? false, typed],
    enabled: typed.length > 0,
    queryFn: () =>
      read<{ results: Entity[] }>(
        client.GET("/api/v1/entities/{prefix}", {
          params: { path: { prefix: typed }, query: { namespace: props.namespace, includeTeams: String(props.withTeams ?? false) } as never },
        }),
      ),
  });
  const suggestions = found.data?.results ?? [];
  const choose = (name: string) => {
    setTyped(name);
    props.onChange(suggestions.find((entity) => entity.name === name) ?? (name === "" ? null : { name, kind: "user", is_robot: name.includes("+") }));
  };
  return (
    <>
      <TextField label={props.label} value={typed} onChange={choose} list={list} isRequired autoFocus />
      <datalist id={list}>
        {suggestions.map((entity) => (
          <option key={`${entity.kind} ${entity.name}`} value={entity.name}>
            {entity.is_robot ? "robot" : entity.kind}
          </option>
        ))}
      </datalist>
    </>
  );
}
