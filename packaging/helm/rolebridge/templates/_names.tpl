{{- define "rolebridge.name" -}}
{{- if contains "rolebridge" .Release.Name }}{{ .Release.Name | trunc 63 | trimSuffix "-" }}{{ else }}{{ printf "%s-rolebridge" .Release.Name | trunc 63 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "rolebridge.pods" -}}
app.kubernetes.io/name: rolebridge
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "rolebridge.labels" -}}
{{ include "rolebridge.pods" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "rolebridge.image" -}}
{{- with .Values.image }}{{ if .digest }}{{ .repository }}@{{ .digest }}{{ else }}{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}{{ end }}
{{- end }}

{{- define "rolebridge.configMap" -}}
{{- .Values.existingConfigMap | default (include "rolebridge.name" .) }}
{{- end }}
