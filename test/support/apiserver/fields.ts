/**
 * The protobuf fields of the Kubernetes objects that the simulated API server encodes: one entry a message,
 * `number jsonName type` a field. Suffixes of a type: `?` a pointer (left out when absent; all others are
 * written even when empty, as gogo-protobuf does), `[]` repeated, `{}` a map with string keys. The name `*`
 * marks a message whose fields JSON shows inline. Numbers and pointers were read by reflection from the Go
 * structs of k8s.io/api 0.36.2; kinds of volume and options that no test uses are left out, and the encoder
 * refuses objects that have them.
 */
export const FIELDS = `
Pod: 1 metadata ObjectMeta; 2 spec PodSpec; 3 status PodStatus
Node: 1 metadata ObjectMeta; 2 spec NodeSpec; 3 status NodeStatus
ListMeta: 1 selfLink string; 2 resourceVersion string; 3 continue string; 4 remainingItemCount int?
Status: 1 metadata ListMeta; 2 status string; 3 message string; 4 reason string; 5 details StatusDetails?;
    6 code int
ObjectMeta: 1 name string; 2 generateName string; 3 namespace string; 4 selfLink string; 5 uid string;
    6 resourceVersion string; 7 generation int; 8 creationTimestamp Time; 9 deletionTimestamp Time?;
    10 deletionGracePeriodSeconds int?; 11 labels string{}; 12 annotations string{};
    13 ownerReferences OwnerReference[]; 14 finalizers string[]; 17 managedFields ManagedFieldsEntry[]
PodSpec: 1 volumes Volume[]; 2 containers Container[]; 3 restartPolicy string;
    4 terminationGracePeriodSeconds int?; 5 activeDeadlineSeconds int?; 6 dnsPolicy string;
    7 nodeSelector string{}; 8 serviceAccountName string; 9 serviceAccount string; 10 nodeName string;
    11 hostNetwork bool; 12 hostPID bool; 13 hostIPC bool; 14 securityContext PodSecurityContext?;
    15 imagePullSecrets LocalObjectReference[]; 16 hostname string; 17 subdomain string;
    18 affinity Affinity?; 19 schedulerName string; 20 initContainers Container[];
    21 automountServiceAccountToken bool?; 22 tolerations Toleration[]; 23 hostAliases HostAlias[];
    24 priorityClassName string; 25 priority int?; 26 dnsConfig PodDNSConfig?;
    27 shareProcessNamespace bool?; 28 readinessGates PodReadinessGate[]; 29 runtimeClassName string?;
    30 enableServiceLinks bool?; 31 preemptionPolicy string?; 32 overhead Quantity{};
    33 topologySpreadConstraints TopologySpreadConstraint[]; 34 ephemeralContainers EphemeralContainer[];
    35 setHostnameAsFQDN bool?; 36 os PodOS?; 37 hostUsers bool?; 38 schedulingGates PodSchedulingGate[];
    39 resourceClaims PodResourceClaim[]; 40 resources ResourceRequirements?; 41 hostnameOverride string?;
    43 schedulingGroup PodSchedulingGroup?
PodStatus: 1 phase string; 2 conditions PodCondition[]; 3 message string; 4 reason string;
    5 hostIP string; 6 podIP string; 7 startTime Time?; 8 containerStatuses ContainerStatus[];
    9 qosClass string; 10 initContainerStatuses ContainerStatus[]; 11 nominatedNodeName string;
    12 podIPs PodIP[]; 13 ephemeralContainerStatuses ContainerStatus[]; 14 resize string;
    15 resourceClaimStatuses PodResourceClaimStatus[]; 16 hostIPs HostIP[]; 17 observedGeneration int;
    18 extendedResourceClaimStatus PodExtendedResourceClaimStatus?; 19 allocatedResources Quantity{};
    20 resources ResourceRequirements?;
    21 nodeAllocatableResourceClaimStatuses NodeAllocatableResourceClaimStatus[]
NodeSpec: 1 podCIDR string; 2 externalID string; 3 providerID string; 4 unschedulable bool;
    5 taints Taint[]; 7 podCIDRs string[]
NodeStatus: 1 capacity Quantity{}; 2 allocatable Quantity{}; 3 phase string; 4 conditions NodeCondition[];
    5 addresses NodeAddress[]; 6 daemonEndpoints NodeDaemonEndpoints; 7 nodeInfo NodeSystemInfo;
    8 images ContainerImage[]; 9 volumesInUse string[]; 10 volumesAttached AttachedVolume[];
    12 runtimeHandlers NodeRuntimeHandler[]; 13 features NodeFeatures?; 14 declaredFeatures string[]
StatusDetails: 1 name string; 2 group string; 3 kind string; 4 causes StatusCause[];
    5 retryAfterSeconds int; 6 uid string
OwnerReference: 1 kind string; 3 name string; 4 uid string; 5 apiVersion string; 6 controller bool?;
    7 blockOwnerDeletion bool?
ManagedFieldsEntry: 1 manager string; 2 operation string; 3 apiVersion string; 4 time Time?;
    6 fieldsType string; 7 fieldsV1 FieldsV1?; 8 subresource string
Volume: 1 name string; 2 * VolumeSource
Container: 1 name string; 2 image string; 3 command string[]; 4 args string[]; 5 workingDir string;
    6 ports ContainerPort[]; 7 env EnvVar[]; 8 resources ResourceRequirements;
    9 volumeMounts VolumeMount[]; 10 livenessProbe Probe?; 11 readinessProbe Probe?;
    12 lifecycle Lifecycle?; 13 terminationMessagePath string; 14 imagePullPolicy string;
    15 securityContext SecurityContext?; 16 stdin bool; 17 stdinOnce bool; 18 tty bool;
    19 envFrom EnvFromSource[]; 20 terminationMessagePolicy string; 21 volumeDevices VolumeDevice[];
    22 startupProbe Probe?; 23 resizePolicy ContainerResizePolicy[]; 24 restartPolicy string?;
    25 restartPolicyRules ContainerRestartRule[]
PodSecurityContext: 1 seLinuxOptions SELinuxOptions?; 2 runAsUser int?; 3 runAsNonRoot bool?;
    4 supplementalGroups int[]; 5 fsGroup int?; 6 runAsGroup int?; 7 sysctls Sysctl[];
    9 fsGroupChangePolicy string?; 10 seccompProfile SeccompProfile?; 11 appArmorProfile AppArmorProfile?;
    12 supplementalGroupsPolicy string?; 13 seLinuxChangePolicy string?
LocalObjectReference: 1 name string
Affinity: 1 nodeAffinity NodeAffinity?; 2 podAffinity PodAffinity?; 3 podAntiAffinity PodAntiAffinity?
Toleration: 1 key string; 2 operator string; 3 value string; 4 effect string; 5 tolerationSeconds int?
HostAlias: 1 ip string; 2 hostnames string[]
PodDNSConfig: 1 nameservers string[]; 2 searches string[]; 3 options PodDNSConfigOption[]
PodReadinessGate: 1 conditionType string
TopologySpreadConstraint: 1 maxSkew int; 2 topologyKey string; 3 whenUnsatisfiable string;
    4 labelSelector LabelSelector?; 5 minDomains int?; 6 nodeAffinityPolicy string?;
    7 nodeTaintsPolicy string?; 8 matchLabelKeys string[]
EphemeralContainer: 1 * EphemeralContainerCommon; 2 targetContainerName string
PodOS: 1 name string
PodSchedulingGate: 1 name string
PodResourceClaim: 1 name string; 3 resourceClaimName string?; 4 resourceClaimTemplateName string?
ResourceRequirements: 1 limits Quantity{}; 2 requests Quantity{}; 3 claims ResourceClaim[]
PodSchedulingGroup: 1 podGroupName string?
PodCondition: 1 type string; 2 status string; 3 lastProbeTime Time; 4 lastTransitionTime Time;
    5 reason string; 6 message string; 7 observedGeneration int
ContainerStatus: 1 name string; 2 state ContainerState; 3 lastState ContainerState; 4 ready bool;
    5 restartCount int; 6 image string; 7 imageID string; 8 containerID string; 9 started bool?;
    10 allocatedResources Quantity{}; 11 resources ResourceRequirements?;
    12 volumeMounts VolumeMountStatus[]; 13 user ContainerUser?;
    14 allocatedResourcesStatus ResourceStatus[]; 15 stopSignal string?
PodIP: 1 ip string
PodResourceClaimStatus: 1 name string; 2 resourceClaimName string?
HostIP: 1 ip string
PodExtendedResourceClaimStatus: 1 requestMappings ContainerExtendedResourceRequest[];
    2 resourceClaimName string
NodeAllocatableResourceClaimStatus: 1 resourceClaimName string; 2 containers string[];
    3 resources Quantity{}
Taint: 1 key string; 2 value string; 3 effect string; 4 timeAdded Time?
NodeCondition: 1 type string; 2 status string; 3 lastHeartbeatTime Time; 4 lastTransitionTime Time;
    5 reason string; 6 message string
NodeAddress: 1 type string; 2 address string
NodeDaemonEndpoints: 1 kubeletEndpoint DaemonEndpoint
NodeSystemInfo: 1 machineID string; 2 systemUUID string; 3 bootID string; 4 kernelVersion string;
    5 osImage string; 6 containerRuntimeVersion string; 7 kubeletVersion string;
    8 kubeProxyVersion string; 9 operatingSystem string; 10 architecture string; 11 swap NodeSwapStatus?
ContainerImage: 1 names string[]; 2 sizeBytes int
AttachedVolume: 1 name string; 2 devicePath string
NodeRuntimeHandler: 1 name string; 2 features NodeRuntimeHandlerFeatures?
NodeFeatures: 1 supplementalGroupsPolicy bool?
StatusCause: 1 reason string; 2 message string; 3 field string
VolumeSource: 1 hostPath HostPathVolumeSource?; 2 emptyDir EmptyDirVolumeSource?;
    6 secret SecretVolumeSource?; 7 nfs NFSVolumeSource?;
    10 persistentVolumeClaim PersistentVolumeClaimVolumeSource?; 16 downwardAPI DownwardAPIVolumeSource?;
    19 configMap ConfigMapVolumeSource?; 26 projected ProjectedVolumeSource?; 28 csi CSIVolumeSource?;
    29 ephemeral EphemeralVolumeSource?; 30 image ImageVolumeSource?
ContainerPort: 1 name string; 2 hostPort int; 3 containerPort int; 4 protocol string; 5 hostIP string
EnvVar: 1 name string; 2 value string; 3 valueFrom EnvVarSource?
VolumeMount: 1 name string; 2 readOnly bool; 3 mountPath string; 4 subPath string;
    5 mountPropagation string?; 6 subPathExpr string; 7 recursiveReadOnly string?
Probe: 1 * ProbeHandler; 2 initialDelaySeconds int; 3 timeoutSeconds int; 4 periodSeconds int;
    5 successThreshold int; 6 failureThreshold int; 7 terminationGracePeriodSeconds int?
Lifecycle: 1 postStart LifecycleHandler?; 2 preStop LifecycleHandler?; 3 stopSignal string?
SecurityContext: 1 capabilities Capabilities?; 2 privileged bool?; 3 seLinuxOptions SELinuxOptions?;
    4 runAsUser int?; 5 runAsNonRoot bool?; 6 readOnlyRootFilesystem bool?;
    7 allowPrivilegeEscalation bool?; 8 runAsGroup int?; 9 procMount string?;
    11 seccompProfile SeccompProfile?; 12 appArmorProfile AppArmorProfile?
EnvFromSource: 1 prefix string; 2 configMapRef ConfigMapEnvSource?; 3 secretRef SecretEnvSource?
VolumeDevice: 1 name string; 2 devicePath string
ContainerResizePolicy: 1 resourceName string; 2 restartPolicy string
ContainerRestartRule: 1 action string; 2 exitCodes ContainerRestartRuleOnExitCodes?
SELinuxOptions: 1 user string; 2 role string; 3 type string; 4 level string
Sysctl: 1 name string; 2 value string
SeccompProfile: 1 type string; 2 localhostProfile string?
AppArmorProfile: 1 type string; 2 localhostProfile string?
NodeAffinity: 1 requiredDuringSchedulingIgnoredDuringExecution NodeSelector?;
    2 preferredDuringSchedulingIgnoredDuringExecution PreferredSchedulingTerm[]
PodAffinity: 1 requiredDuringSchedulingIgnoredDuringExecution PodAffinityTerm[];
    2 preferredDuringSchedulingIgnoredDuringExecution WeightedPodAffinityTerm[]
PodAntiAffinity: 1 requiredDuringSchedulingIgnoredDuringExecution PodAffinityTerm[];
    2 preferredDuringSchedulingIgnoredDuringExecution WeightedPodAffinityTerm[]
PodDNSConfigOption: 1 name string; 2 value string?
LabelSelector: 1 matchLabels string{}; 2 matchExpressions LabelSelectorRequirement[]
EphemeralContainerCommon: 1 name string; 2 image string; 3 command string[]; 4 args string[];
    5 workingDir string; 6 ports ContainerPort[]; 7 env EnvVar[]; 8 resources ResourceRequirements;
    9 volumeMounts VolumeMount[]; 10 livenessProbe Probe?; 11 readinessProbe Probe?;
    12 lifecycle Lifecycle?; 13 terminationMessagePath string; 14 imagePullPolicy string;
    15 securityContext SecurityContext?; 16 stdin bool; 17 stdinOnce bool; 18 tty bool;
    19 envFrom EnvFromSource[]; 20 terminationMessagePolicy string; 21 volumeDevices VolumeDevice[];
    22 startupProbe Probe?; 23 resizePolicy ContainerResizePolicy[]; 24 restartPolicy string?;
    25 restartPolicyRules ContainerRestartRule[]
ResourceClaim: 1 name string; 2 request string
ContainerState: 1 waiting ContainerStateWaiting?; 2 running ContainerStateRunning?;
    3 terminated ContainerStateTerminated?
VolumeMountStatus: 1 name string; 2 mountPath string; 3 readOnly bool; 4 recursiveReadOnly string?;
    5 volumeStatus VolumeStatus?
ContainerUser: 1 linux LinuxContainerUser?
ResourceStatus: 1 name string; 2 resources ResourceHealth[]
ContainerExtendedResourceRequest: 1 containerName string; 2 resourceName string; 3 requestName string
DaemonEndpoint: 1 Port int
NodeSwapStatus: 1 capacity int?
NodeRuntimeHandlerFeatures: 1 recursiveReadOnlyMounts bool?; 2 userNamespaces bool?
HostPathVolumeSource: 1 path string; 2 type string?
EmptyDirVolumeSource: 1 medium string; 2 sizeLimit Quantity?
SecretVolumeSource: 1 secretName string; 2 items KeyToPath[]; 3 defaultMode int?; 4 optional bool?
NFSVolumeSource: 1 server string; 2 path string; 3 readOnly bool
PersistentVolumeClaimVolumeSource: 1 claimName string; 2 readOnly bool
DownwardAPIVolumeSource: 1 items DownwardAPIVolumeFile[]; 2 defaultMode int?
ConfigMapVolumeSource: 1 * LocalObjectReference; 2 items KeyToPath[]; 3 defaultMode int?; 4 optional bool?
ProjectedVolumeSource: 1 sources VolumeProjection[]; 2 defaultMode int?
CSIVolumeSource: 1 driver string; 2 readOnly bool?; 3 fsType string?; 4 volumeAttributes string{};
    5 nodePublishSecretRef LocalObjectReference?
EphemeralVolumeSource: 1 volumeClaimTemplate PersistentVolumeClaimTemplate?
ImageVolumeSource: 1 reference string; 2 pullPolicy string
EnvVarSource: 1 fieldRef ObjectFieldSelector?; 2 resourceFieldRef ResourceFieldSelector?;
    3 configMapKeyRef ConfigMapKeySelector?; 4 secretKeyRef SecretKeySelector?;
    5 fileKeyRef FileKeySelector?
ProbeHandler: 1 exec ExecAction?; 2 httpGet HTTPGetAction?; 3 tcpSocket TCPSocketAction?;
    4 grpc GRPCAction?
LifecycleHandler: 1 exec ExecAction?; 2 httpGet HTTPGetAction?; 3 tcpSocket TCPSocketAction?;
    4 sleep SleepAction?
Capabilities: 1 add string[]; 2 drop string[]
ConfigMapEnvSource: 1 * LocalObjectReference; 2 optional bool?
SecretEnvSource: 1 * LocalObjectReference; 2 optional bool?
ContainerRestartRuleOnExitCodes: 1 operator string; 2 values int[]
NodeSelector: 1 nodeSelectorTerms NodeSelectorTerm[]
PreferredSchedulingTerm: 1 weight int; 2 preference NodeSelectorTerm
PodAffinityTerm: 1 labelSelector LabelSelector?; 2 namespaces string[]; 3 topologyKey string;
    4 namespaceSelector LabelSelector?; 5 matchLabelKeys string[]; 6 mismatchLabelKeys string[]
WeightedPodAffinityTerm: 1 weight int; 2 podAffinityTerm PodAffinityTerm
LabelSelectorRequirement: 1 key string; 2 operator string; 3 values string[]
ContainerStateWaiting: 1 reason string; 2 message string
ContainerStateRunning: 1 startedAt Time
ContainerStateTerminated: 1 exitCode int; 2 signal int; 3 reason string; 4 message string;
    5 startedAt Time; 6 finishedAt Time; 7 containerID string
VolumeStatus: 1 image ImageVolumeStatus?
LinuxContainerUser: 1 uid int; 2 gid int; 3 supplementalGroups int[]
ResourceHealth: 1 resourceID string; 2 health string; 6 message string?
KeyToPath: 1 key string; 2 path string; 3 mode int?
DownwardAPIVolumeFile: 1 path string; 2 fieldRef ObjectFieldSelector?;
    3 resourceFieldRef ResourceFieldSelector?; 4 mode int?
VolumeProjection: 1 secret SecretProjection?; 2 downwardAPI DownwardAPIProjection?;
    3 configMap ConfigMapProjection?; 4 serviceAccountToken ServiceAccountTokenProjection?;
    5 clusterTrustBundle ClusterTrustBundleProjection?; 6 podCertificate PodCertificateProjection?
PersistentVolumeClaimTemplate: 1 metadata ObjectMeta; 2 spec PersistentVolumeClaimSpec
ObjectFieldSelector: 1 apiVersion string; 2 fieldPath string
ResourceFieldSelector: 1 containerName string; 2 resource string; 3 divisor Quantity
ConfigMapKeySelector: 1 * LocalObjectReference; 2 key string; 3 optional bool?
SecretKeySelector: 1 * LocalObjectReference; 2 key string; 3 optional bool?
FileKeySelector: 1 volumeName string; 2 path string; 3 key string; 4 optional bool?
ExecAction: 1 command string[]
HTTPGetAction: 1 path string; 2 port IntOrString; 3 host string; 4 scheme string;
    5 httpHeaders HTTPHeader[]
TCPSocketAction: 1 port IntOrString; 2 host string
GRPCAction: 1 port int; 2 service string?
SleepAction: 1 seconds int
NodeSelectorTerm: 1 matchExpressions NodeSelectorRequirement[]; 2 matchFields NodeSelectorRequirement[]
ImageVolumeStatus: 1 imageRef string
SecretProjection: 1 * LocalObjectReference; 2 items KeyToPath[]; 4 optional bool?
DownwardAPIProjection: 1 items DownwardAPIVolumeFile[]
ConfigMapProjection: 1 * LocalObjectReference; 2 items KeyToPath[]; 4 optional bool?
ServiceAccountTokenProjection: 1 audience string; 2 expirationSeconds int?; 3 path string
ClusterTrustBundleProjection: 1 name string?; 2 signerName string?; 3 labelSelector LabelSelector?;
    4 path string; 5 optional bool?
PodCertificateProjection: 1 signerName string; 2 keyType string; 3 maxExpirationSeconds int?;
    4 credentialBundlePath string; 5 keyPath string; 6 certificateChainPath string;
    7 userAnnotations string{}
PersistentVolumeClaimSpec: 1 accessModes string[]; 2 resources VolumeResourceRequirements;
    3 volumeName string; 4 selector LabelSelector?; 5 storageClassName string?; 6 volumeMode string?;
    7 dataSource TypedLocalObjectReference?; 8 dataSourceRef TypedObjectReference?;
    9 volumeAttributesClassName string?
HTTPHeader: 1 name string; 2 value string
NodeSelectorRequirement: 1 key string; 2 operator string; 3 values string[]
VolumeResourceRequirements: 1 limits Quantity{}; 2 requests Quantity{}
TypedLocalObjectReference: 1 apiGroup string?; 2 kind string; 3 name string
TypedObjectReference: 1 apiGroup string?; 2 kind string; 3 name string; 4 namespace string?
`;
