// Dialogs: a form, a confirmation that may ask for a typed name, and notices that can undo.
import {
  Alert,
  AlertActionCloseButton,
  AlertActionLink,
  AlertGroup,
  Button,
  Form,
  FormGroup,
  FormHelperText,
  FormSelect,
  FormSelectOption,
  HelperText,
  HelperTextItem,
  Modal,
  ModalBody,
  ModalFooter,
  ModalHeader,
  Radio,
  TextArea,
  TextInput,
} from "@patternfly/react-core";
import { createContext, use, useCallback, useId, useMemo, useState, type FormEvent, type ReactNode } from "react";
import { strings } from "../strings";
import { ErrorNote } from "./basics";

interface FormDialogProps {
  title: string;
  submit: string;
  onSubmit: () => Promise<unknown>;
  onClose: () => void;
  /** Instead of closing, after the server took it. */
  onDone?: () => void;
  children: ReactNode;
  canSubmit?: boolean;
  danger?: boolean;
  wide?: boolean;
}

/** Stays open with what was typed when the server refuses, and shows why. */
export function FormDialog({ title, submit, onSubmit, onClose, onDone, children, canSubmit = true, danger = false, wide = false }: FormDialogProps) {
  const form = useId();
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const send = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await onSubmit();
      (onDone ?? onClose)();
    } catch (refusal) {
      setError(refusal);
      setBusy(false);
    }
  };
  return (
    <Modal isOpen variant={wide ? "medium" : "small"} onClose={onClose} aria-label={title}>
      <ModalHeader title={title} />
      <ModalBody>
        <Form id={form} onSubmit={(event) => void send(event)}>
          {error === null ? null : <ErrorNote error={error} />}
          {children}
        </Form>
      </ModalBody>
      <ModalFooter>
        <Button type="submit" form={form} variant={danger ? "danger" : "primary"} isDisabled={!canSubmit || isBusy} isLoading={isBusy}>
          {submit}
        </Button>
        <Button variant="link" onClick={onClose}>
          {strings.cancel}
        </Button>
      </ModalFooter>
    </Modal>
  );
}

/** Asks before something that cannot be undone; `typed` must be typed first. */
export function ConfirmDialog(props: {
  title: string;
  text: ReactNode;
  submit: string;
  typed?: string;
  onConfirm: () => Promise<unknown>;
  onClose: () => void;
}) {
  const [text, setText] = useState("");
  const { typed } = props;
  return (
    <FormDialog
      title={props.title}
      submit={props.submit}
      onSubmit={props.onConfirm}
      onClose={props.onClose}
      canSubmit={typed === undefined || text === typed}
      danger
    >
      <div>{props.text}</div>
      {typed === undefined ? null : <TextField label={`${strings.typeToConfirm} ${typed}`} value={text} onChange={setText} />}
    </FormDialog>
  );
}

/** A dialog that only shows. */
export function InfoDialog({ title, children, onClose, wide }: { title: string; children: ReactNode; onClose: () => void; wide?: boolean }) {
  return (
    <Modal isOpen variant={wide ? "large" : "medium"} onClose={onClose} aria-label={title}>
      <ModalHeader title={title} />
      <ModalBody>{children}</ModalBody>
      <ModalFooter>
        <Button onClick={onClose}>{strings.close}</Button>
      </ModalFooter>
    </Modal>
  );
}

interface FieldProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  help?: string;
  isRequired?: boolean;
}

export function TextField(
  props: FieldProps & { type?: "text" | "password" | "email" | "date" | "datetime-local" | "number" | "url"; autoComplete?: string; autoFocus?: boolean; list?: string },
) {
  const id = useId();
  return (
    <FormGroup label={props.label} fieldId={id} isRequired={props.isRequired ?? false}>
      <TextInput
        id={id}
        type={props.type ?? "text"}
        value={props.value}
        isRequired={props.isRequired ?? false}
        autoComplete={props.autoComplete ?? "off"}
        // The first field of a dialog or page that is nothing but a form.
        autoFocus={props.autoFocus ?? false}
        {...(props.list === undefined ? {} : { list: props.list })}
        onChange={(_, value) => props.onChange(value)}
      />
      <Help text={props.help} />
    </FormGroup>
  );
}

export function TextAreaField(props: FieldProps & { rows?: number }) {
  const id = useId();
  return (
    <FormGroup label={props.label} fieldId={id}>
      <TextArea id={id} rows={props.rows ?? 6} resizeOrientation="vertical" value={props.value} onChange={(_, value) => props.onChange(value)} />
      <Help text={props.help} />
    </FormGroup>
  );
}

export interface Choice {
  value: string;
  title: string;
  help?: string;
}

export function SelectField(props: FieldProps & { choices: readonly Choice[] }) {
  const id = useId();
  return (
    <FormGroup label={props.label} fieldId={id}>
      <FormSelect id={id} value={props.value} onChange={(_, value) => props.onChange(value)} aria-label={props.label}>
        {props.choices.map((choice) => (
          <FormSelectOption key={choice.value} value={choice.value} label={choice.title} />
        ))}
      </FormSelect>
      <Help text={props.help} />
    </FormGroup>
  );
}

export function RadioField(props: FieldProps & { choices: readonly Choice[] }) {
  const id = useId();
  return (
    <FormGroup role="radiogroup" label={props.label} fieldId={id}>
      {props.choices.map((choice) => (
        <Radio
          key={choice.value}
          id={`${id}-${choice.value}`}
          name={id}
          label={choice.title}
          description={choice.help}
          isChecked={props.value === choice.value}
          onChange={() => props.onChange(choice.value)}
        />
      ))}
    </FormGroup>
  );
}

function Help({ text }: { text: string | undefined }) {
  return text === undefined ? null : (
    <FormHelperText>
      <HelperText>
        <HelperTextItem>{text}</HelperTextItem>
      </HelperText>
    </FormHelperText>
  );
}

interface Notice {
  id: number;
  text: string;
  variant: "success" | "danger";
  undo: (() => Promise<unknown>) | undefined;
}

interface Notices {
  say: (text: string, undo?: () => Promise<unknown>) => void;
  warn: (error: unknown) => void;
}

const NoticeContext = createContext<Notices>({ say: () => undefined, warn: () => undefined });
let nextNotice = 0;

export function useNotices(): Notices {
  return use(NoticeContext);
}

/** Shows what was done in a corner, with Undo where that is possible. */
export function NoticeProvider({ children }: { children: ReactNode }) {
  const [notices, setNotices] = useState<Notice[]>([]);
  const drop = useCallback((id: number) => setNotices((all) => all.filter((notice) => notice.id !== id)), []);
  const add = useCallback(
    (text: string, variant: Notice["variant"], undo?: () => Promise<unknown>) => {
      nextNotice += 1;
      const id = nextNotice;
      setNotices((all) => [...all.slice(-3), { id, text, variant, undo }]);
      window.setTimeout(() => drop(id), undo === undefined ? 6000 : 15000);
    },
    [drop],
  );
  const value = useMemo<Notices>(
    () => ({
      say: (text, undo) => add(text, "success", undo),
      warn: (error) => add(error instanceof Error ? error.message : String(error), "danger"),
    }),
    [add],
  );
  const undo = async (notice: Notice) => {
    drop(notice.id);
    try {
      await notice.undo?.();
      value.say(strings.undone);
    } catch (error) {
      value.warn(error);
    }
  };
  return (
    <NoticeContext value={value}>
      {children}
      <AlertGroup isToast isLiveRegion>
        {notices.map((notice) => (
          <Alert
            key={notice.id}
            variant={notice.variant}
            title={notice.text}
            actionClose={<AlertActionCloseButton title={strings.close} onClose={() => drop(notice.id)} />}
            actionLinks={notice.undo === undefined ? undefined : <AlertActionLink onClick={() => void undo(notice)}>{strings.undo}</AlertActionLink>}
          />
        ))}
      </AlertGroup>
    </NoticeContext>
  );
}
