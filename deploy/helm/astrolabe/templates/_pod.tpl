{{/*
The Pods of a shard, or of all of them. Takes the chart's root, the label `component`, and `number`: what the
Pods are told to be; `kind` and `name` of what they belong to.
*/}}
{{- define "astrolabe.pod" -}}
{{- $component := .component }}
{{- $number := .number }}
{{- $kind := .kind }}
{{- $name := .name }}
{{- $root := .root }}
{{- with .root }}
{{- $shards := int .Values.shards }}
{{- $byNamespace := eq (include "astrolabe.byNamespace" .) "true" -}}
metadata:
  labels:
    {{- with .Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
    {{- include "astrolabe.selector" . | nindent 4 }}
    app.kubernetes.io/component: {{ $component }}
  annotations:
    {{- with .Values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
    checksum/settings: {{ include "astrolabe.settings" . | sha256sum }}
spec:
  serviceAccountName: {{ include "astrolabe.serviceAccount" . }}
  automountServiceAccountToken: true
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ ternary (add 10 .Values.sharding.handoverSeconds) 10 $byNamespace }}
  {{- with .Values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  securityContext:
    {{- toYaml .Values.podSecurityContext | nindent 4 }}
  containers:
    - name: astrolabe
      image: {{ include "astrolabe.image" . }}
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      args:
        - serve
        - --config=/etc/astrolabe/settings.yaml
        {{- if gt $shards 1 }}
        - --shard={{ $number }}
        - --total-shards={{ $shards }}
        {{- if $byNamespace }}
        - --shard-by=namespace
        {{- end }}
        {{- end }}
      {{- if or $byNamespace .Values.redis.enabled .Values.tracing.endpoint }}
      env:
        {{- if or $byNamespace .Values.tracing.endpoint }}
        - name: POD_NAME
          valueFrom:
            fieldRef:
              fieldPath: metadata.name
        {{- end }}
        {{- if .Values.tracing.endpoint }}
        {{- include "astrolabe.tracing.environment" (dict "root" $root "container" "astrolabe" "kind" $kind "name" $name) | nindent 8 }}
        {{- end }}
      {{- with .Values.redis }}
      {{- if .enabled }}
        - name: ENABLE_PERSISTENCE
          value: "true"
        - name: REDIS_ADDR
          value: {{ .address | default (printf "%s-redis:6379" (include "astrolabe.fullname" $root)) | quote }}
        - name: REDIS_DB
          value: {{ .db | quote }}
        {{- with .user }}
        - name: REDIS_USER
          value: {{ . | quote }}
        {{- end }}
        {{- with .existingSecret }}
        - name: REDIS_PASSWORD
          valueFrom:
            secretKeyRef:
              name: {{ . }}
              key: {{ $root.Values.redis.existingSecretKey }}
        {{- end }}
      {{- end }}
      {{- end }}
      {{- end }}
      {{- if and $byNamespace .Values.sharding.handoverSeconds }}
      lifecycle:
        preStop:
          # Answers on while shards of another number become ready.
          exec:
            command: [python, -c, "import time; time.sleep({{ int .Values.sharding.handoverSeconds }})"]
      {{- end }}
      ports:
        - name: http
          containerPort: 8080
      # The first answer comes as soon as the API server has answered. A start longer than this is
      # restarted; how long the first lists take does not count.
      startupProbe:
        httpGet:
          path: /livez
          port: http
          {{- if .Values.settings.tls_cert_file }}
          scheme: HTTPS
          {{- end }}
        periodSeconds: 2
        failureThreshold: {{ div (add .Values.startupSeconds 1) 2 }}
      livenessProbe:
        httpGet:
          path: /livez
          port: http
          {{- if .Values.settings.tls_cert_file }}
          scheme: HTTPS
          {{- end }}
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 6
      readinessProbe:
        httpGet:
          path: /readyz
          port: http
          {{- if .Values.settings.tls_cert_file }}
          scheme: HTTPS
          {{- end }}
        periodSeconds: 5
        timeoutSeconds: 5
      resources:
        {{- toYaml .Values.resources | nindent 8 }}
      securityContext:
        {{- toYaml .Values.securityContext | nindent 8 }}
      volumeMounts:
        - name: settings
          mountPath: /etc/astrolabe
          readOnly: true
        {{- if .Values.prices }}
        # A whole folder: a file mounted by itself would never change.
        - name: prices
          mountPath: /etc/astrolabe-prices
          readOnly: true
        {{- end }}
        {{- if .Values.clusterProfiles.enabled }}
        - name: clusterprofiles
          mountPath: /etc/astrolabe-clusterprofiles
          readOnly: true
        {{- end }}
        {{- if and .Values.redis.enabled .Values.redis.tls.enabled .Values.redis.tls.existingSecret }}
        - name: redis-tls
          mountPath: /etc/astrolabe-redis
          readOnly: true
        {{- end }}
        {{- if and .Values.tracing.endpoint .Values.tracing.tls.existingSecret }}
        - name: otel-tls
          mountPath: /etc/astrolabe-otel
          readOnly: true
        {{- end }}
        {{- with .Values.extraVolumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
  volumes:
    - name: settings
      configMap:
        name: {{ include "astrolabe.fullname" . }}-settings
    {{- if .Values.prices }}
    - name: prices
      configMap:
        name: {{ include "astrolabe.fullname" . }}-prices
    {{- end }}
    {{- if .Values.clusterProfiles.enabled }}
    - name: clusterprofiles
      configMap:
        name: {{ include "astrolabe.fullname" . }}-clusterprofiles
    {{- end }}
    {{- if and .Values.redis.enabled .Values.redis.tls.enabled .Values.redis.tls.existingSecret }}
    - name: redis-tls
      secret:
        secretName: {{ .Values.redis.tls.existingSecret }}
    {{- end }}
    {{- if and .Values.tracing.endpoint .Values.tracing.tls.existingSecret }}
    - name: otel-tls
      secret:
        secretName: {{ .Values.tracing.tls.existingSecret }}
    {{- end }}
    {{- with .Values.extraVolumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with .Values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- if .Values.affinity }}
  affinity:
    {{- toYaml .Values.affinity | nindent 4 }}
  {{- else if gt (int .Values.replicas) 1 }}
  affinity:
    podAntiAffinity:
      preferredDuringSchedulingIgnoredDuringExecution:
        - weight: 100
          podAffinityTerm:
            topologyKey: kubernetes.io/hostname
            labelSelector:
              matchLabels:
                {{- include "astrolabe.selector" . | nindent 16 }}
  {{- end }}
  {{- with .Values.topologySpreadConstraints }}
  topologySpreadConstraints:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
{{- end }}
{{- end }}
