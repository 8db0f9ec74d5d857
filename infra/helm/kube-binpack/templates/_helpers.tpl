{{- define "kube-binpack.fullname" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 48 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 48 | trimSuffix "-" -}}
{{- end -}}
{{- end }}

{{- define "kube-binpack.selectorLabels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "kube-binpack.labels" -}}
{{ include "kube-binpack.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "kube-binpack.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end }}

{{- /* A value of config as the text that its environment variable holds: lists are joined, or JSON. */ -}}
{{- define "kube-binpack.text" -}}
{{- if and .json (kindIs "slice" .value) -}}
{{- toJson .value -}}
{{- else if kindIs "slice" .value -}}
{{- $texts := list -}}
{{- range .value -}}
{{- $texts = append $texts (kindIs "slice" . | ternary (join "," .) (toString .)) -}}
{{- end -}}
{{- join .separator $texts -}}
{{- else if kindIs "float64" .value -}}
{{- int64 .value -}}
{{- else -}}
{{- .value -}}
{{- end -}}
{{- end }}
