# Stands in for the module CimCmdlets where there is no CIM: answers with what it was asked, in the
# shapes of the real cmdlets.

function New-StubInstance($Namespace, $ClassName, $Keys, $Values) {
    $all = @{}
    foreach ($source in $Keys, $Values) {
        foreach ($name in $source.Keys) { $all[$name] = $source[$name] }
    }
    $properties = foreach ($name in $all.Keys | Sort-Object) {
        $flags = 'Property, NotModified'
        if ($Keys.ContainsKey($name)) { $flags = 'Property, Key, NotModified' }
        $type = 'String'
        if ($null -ne $all[$name]) { $type = $all[$name].GetType().Name }
        $type = $type -replace '^Int', 'SInt' -replace '\[\]$', 'Array'
        $type = $type -replace '^TimeSpan', 'DateTime'
        [pscustomobject]@{ Name = $name; Value = $all[$name]; CimType = $type; Flags = $flags }
    }
    [pscustomobject]@{
        CimSystemProperties = [pscustomobject]@{ Namespace = $Namespace; ClassName = $ClassName }
        CimInstanceProperties = @($properties)
        Keys = $Keys
    }
}

# Each method has parameters that are called as their types.
function Get-CimClass($Namespace, $ClassName) {
    if ($ClassName -eq 'Missing') {
        $missing = @{ ErrorId = 'HRESULT 0x80041002'; Category = 'ObjectNotFound' }
        Write-Error 'nicht gefunden' -ErrorAction Stop @missing
    }
    $parameters = @{}
    foreach ($type in 'Boolean', 'String', 'UInt8', 'SInt32', 'UInt64', 'SInt64',
        'UInt64Array', 'StringArray', 'BooleanArray', 'Reference') {
        $parameters[$type] = [pscustomobject]@{ CimType = $type }
    }
    [pscustomobject]@{
        CimSystemProperties = [pscustomobject]@{ Namespace = $Namespace; ClassName = $ClassName }
        CimClassMethods = @{
            Echo = [pscustomobject]@{ ReturnType = 'UInt32'; Parameters = $parameters }
        }
    }
}

function New-CimInstance($CimClass, $Property, [switch] $ClientOnly) {
    $name = $CimClass.CimSystemProperties
    New-StubInstance $name.Namespace $name.ClassName $Property @{}
}

function Get-CimInstance($InputObject, $Namespace, $ClassName, $Filter, [string[]] $Property) {
    $values = @{
        Nothing = $null
        Since = New-Object TimeSpan 1, 2, 3, 4
        When = [DateTime]::SpecifyKind('2026-01-31T23:59:59', 'Utc')
    }
    if ($null -ne $InputObject) {
        $name = $InputObject.CimSystemProperties
        return New-StubInstance $name.Namespace $name.ClassName $InputObject.Keys $values
    }
    if ($ClassName -eq 'Nothing') { return }
    $asked = @{ Filter = $Filter; Property = $Property }
    New-StubInstance $Namespace $ClassName @{ Name = 'one' } $asked
}

function Get-CimAssociatedInstance($InputObject, $ResultClassName, $Association) {
    foreach ($name in 'first', 'second') {
        $namespace = $InputObject.CimSystemProperties.Namespace
        $asked = @{ Association = $Association }
        New-StubInstance $namespace $ResultClassName @{ Name = $name } $asked
    }
}

function Invoke-CimMethod($InputObject, $CimClass, $MethodName, $Arguments) {
    if ($MethodName -ne 'Echo') { throw "no method $MethodName" }
    $result = [ordered]@{}
    foreach ($name in $Arguments.Keys) { $result[$name] = $Arguments[$name] }
    $result.ReturnValue = [uint32] 4096
    $result.PSComputerName = 'localhost'
    [pscustomobject] $result
}
