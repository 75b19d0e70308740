# Stands in for the CIM cmdlets where there is no CIM: answers with what it was asked, in the shapes of the real cmdlets.

function global:New-StubInstance($Namespace, $ClassName, $Keys, $Values) {
    $all = @{}
    foreach ($source in $Keys, $Values) { foreach ($name in $source.Keys) { $all[$name] = $source[$name] } }
    $properties = foreach ($name in $all.Keys | Sort-Object) {
        $flags = if ($Keys.ContainsKey($name)) { 'Property, Key, NotModified' } else { 'Property, NotModified' }
        $type = if ($null -eq $all[$name]) { 'String' } else { $all[$name].GetType().Name -replace '^Int', 'SInt' -replace '\[\]$', 'Array' -replace '^TimeSpan', 'DateTime' }
        [pscustomobject]@{ Name = $name; Value = $all[$name]; CimType = $type; Flags = $flags }
    }
    [pscustomobject]@{
        CimSystemProperties = [pscustomobject]@{ Namespace = $Namespace; ClassName = $ClassName }
        CimInstanceProperties = @($properties)
        Keys = $Keys
    }
}

# Each method has parameters that are called as their types.
function global:Get-CimClass($Namespace, $ClassName) {
    if ($ClassName -eq 'Missing') { Write-Error 'nicht gefunden' -ErrorId 'HRESULT 0x80041002' -Category ObjectNotFound }
    $parameters = @{}
    foreach ($type in 'Boolean', 'String', 'UInt8', 'SInt32', 'UInt64', 'SInt64', 'UInt64Array', 'StringArray', 'BooleanArray', 'Reference') {
        $parameters[$type] = [pscustomobject]@{ CimType = $type }
    }
    [pscustomobject]@{
        CimSystemProperties = [pscustomobject]@{ Namespace = $Namespace; ClassName = $ClassName }
        CimClassMethods = @{ Echo = [pscustomobject]@{ ReturnType = 'UInt32'; Parameters = $parameters } }
    }
}

function global:New-CimInstance($CimClass, $Property, [switch] $ClientOnly) {
    New-StubInstance $CimClass.CimSystemProperties.Namespace $CimClass.CimSystemProperties.ClassName $Property @{}
}

function global:Get-CimInstance($InputObject, $Namespace, $ClassName, $Filter, [string[]] $Property) {
    $values = @{ Nothing = $null; Since = New-Object TimeSpan 1, 2, 3, 4; When = [DateTime]::SpecifyKind('2026-01-31T23:59:59', 'Utc') }
    if ($null -ne $InputObject) {
        return New-StubInstance $InputObject.CimSystemProperties.Namespace $InputObject.CimSystemProperties.ClassName $InputObject.Keys $values
    }
    if ($ClassName -ne 'Nothing') { New-StubInstance $Namespace $ClassName @{ Name = 'one' } @{ Filter = $Filter; Property = $Property } }
}

function global:Get-CimAssociatedInstance($InputObject, $ResultClassName, $Association) {
    foreach ($name in 'first', 'second') {
        New-StubInstance $InputObject.CimSystemProperties.Namespace $ResultClassName @{ Name = $name } @{ Association = $Association }
    }
}

function global:Invoke-CimMethod($InputObject, $CimClass, $MethodName, $Arguments) {
    if ($MethodName -ne 'Echo') { throw "no method $MethodName" }
    $result = [ordered]@{}
    foreach ($name in $Arguments.Keys) { $result[$name] = $Arguments[$name] }
    $result.ReturnValue = [uint32] 4096
    $result.PSComputerName = 'localhost'
    [pscustomobject] $result
}
