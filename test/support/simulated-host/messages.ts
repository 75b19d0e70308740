import type { HostLanguage } from "./options";

interface Phrases {
  readonly failed: string;
  readonly busy: string;
  readonly missing: string;
  readonly denied: string;
  readonly running: string;
  readonly done: string;
}

const PHRASES: Readonly<Record<HostLanguage, Phrases>> = {
  en: {
    failed: "The operation failed.",
    busy: "The process cannot access the file because it is being used by another process.",
    missing: "The system cannot find the file specified.",
    denied: "Access is denied.",
    running: "Job is running",
    done: "Job has completed",
  },
  de: {
    failed: "Fehler beim Vorgang.",
    busy:
      "Der Prozess kann nicht auf die Datei zugreifen, da sie von einem anderen Prozess " +
      "verwendet wird.",
    missing: "Das System kann die angegebene Datei nicht finden.",
    denied: "Zugriff verweigert",
    running: "Auftrag wird ausgeführt",
    done: "Der Auftrag wurde abgeschlossen",
  },
  fr: {
    failed: "L’opération a échoué.",
    busy:
      "Le processus ne peut pas accéder au fichier car ce fichier est utilisé par un autre " +
      "processus.",
    missing: "Le fichier spécifié est introuvable.",
    denied: "Accès refusé.",
    running: "Le travail est en cours d’exécution",
    done: "Le travail est terminé",
  },
  es: {
    failed: "Error en la operación.",
    busy:
      "El proceso no puede obtener acceso al archivo porque está siendo utilizado por otro " +
      "proceso.",
    missing: "El sistema no puede encontrar el archivo especificado.",
    denied: "Acceso denegado.",
    running: "El trabajo se está ejecutando",
    done: "El trabajo se ha completado",
  },
  ja: {
    failed: "操作に失敗しました。",
    busy: "別のプロセスが使用しているため、プロセスはファイルにアクセスできません。",
    missing: "指定されたファイルが見つかりません。",
    denied: "アクセスが拒否されました。",
    running: "ジョブを実行しています",
    done: "ジョブが完了しました",
  },
};

/** What a host writes about a failure in its own language. */
export function describeInLanguage(language: HostLanguage, hresult: number): string {
  const phrases = PHRASES[language];
  switch (hresult) {
    case 0x80070020:
      return phrases.busy;
    case 0x80070002:
    case 0x80070003:
      return phrases.missing;
    case 0x80070005:
    case 0x80041003:
      return phrases.denied;
    default:
      return `${phrases.failed} (0x${hresult.toString(16).toUpperCase()})`;
  }
}

/** What a host writes about the state of a job. */
export function describeJobState(language: HostLanguage, isRunning: boolean): string {
  return isRunning ? PHRASES[language].running : PHRASES[language].done;
}
