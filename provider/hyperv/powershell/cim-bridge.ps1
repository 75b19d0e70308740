# Runs CIM requests for the program at the other end of stdin and stdout, and knows nothing else.
#
# In:  the first line is the sentinel. Each other line is the base64 of {"requests": [...]}; each
#      request has an id, an operation and what that needs.
# Out: a line for each request, as soon as it is done: the sentinel, the base64 of
#      {"id", "value" or "error"}, a dot.
#
# A typed value travels as [name, CIM type, value]. Texts and numbers of requests are texts that
# begin with "=", because ConvertFrom-Json of PowerShell 7 makes a DateTime of whatever looks like
# one. Every line is ASCII, so that no code page matters. Runs on Windows PowerShell 5.1 and on
# PowerShell 7. A line that cannot be read ends the process. load-bridge.ps1 starts this and says
# how standard input is read.
param([IO.TextReader] $In)

$ErrorActionPreference = 'Stop'
$ProgressPreference = $WarningPreference = 'SilentlyContinue'
$VerbosePreference = $InformationPreference = 'SilentlyContinue'
trap { [Console]::Error.WriteLine($_); exit 70 }
[Threading.Thread]::CurrentThread.CurrentCulture = [Globalization.CultureInfo]::InvariantCulture

$sentinel = $In.ReadLine()
$utf8 = New-Object Text.UTF8Encoding $false
$session, $classes = @{}, @{}
$netTypes = @{
    Boolean = [bool]; String = [string]
    UInt8 = [byte]; UInt16 = [uint16]; UInt32 = [uint32]; UInt64 = [uint64]
    SInt8 = [sbyte]; SInt16 = [int16]; SInt32 = [int32]; SInt64 = [int64]
}

function Read-Text($text) { if ($null -ne $text) { $text.Substring(1) } }

function Read-Class($target) {
    $key = "$($target.namespace):$($target.className)"
    if (-not $classes.ContainsKey($key)) {
        $name = @{
            Namespace = Read-Text $target.namespace; ClassName = Read-Text $target.className
        }
        $classes[$key] = Get-CimClass @name @session
    }
    $classes[$key]
}

function Read-Reference($target) {
    New-CimInstance -CimClass (Read-Class $target) -Property (Read-Values $target.keys) -ClientOnly
}

function Read-Values($triples) {
    $values = @{}
    foreach ($triple in $triples) {
        $values[(Read-Text $triple[0])] = Read-Value $triple[1] $triple[2]
    }
    $values
}

function Read-Value([string] $type, $value) {
    if ($null -eq $value) { return $null }
    if ($type -match '^(.+)Array$') {
        $member = $Matches[1]
        $list = [Array]::CreateInstance($netTypes[$member], $value.Length)
        for ($index = 0; $index -lt $list.Length; $index++) {
            $list[$index] = Read-Value $member $value[$index]
        }
        return , $list
    }
    if ($type -eq 'Reference') { return Read-Reference $value }
    $invariant = [Globalization.CultureInfo]::InvariantCulture
    [Convert]::ChangeType((Read-Text $value), $netTypes[$type], $invariant)
}

function Write-Value([string] $type, $value) {
    if ($null -eq $value) { return $null }
    if ($type -match '^[US]Int\d+Array$') { return ([string[]] @($value)) -join ',' }
    if ($type -match '^(.+)Array$') {
        $member = $Matches[1]
        return , @(foreach ($item in $value) { Write-Value $member $item })
    }
    if ($type -eq 'Reference' -or $type -eq 'Instance') { return Write-Instance $value }
    if ($value -is [TimeSpan]) { return $value.ToString('ddddddddhhmmss\.ffffff') + ':000' }
    if ($value -is [DateTime]) {
        return $value.ToUniversalTime().ToString('yyyyMMddHHmmss\.ffffff') + '+000'
    }
    [string] $value
}

function Write-Instance($instance) {
    $properties = @($instance.CimInstanceProperties | Where-Object { $null -ne $_.Value })
    $keys = @($properties | Where-Object { [string] $_.Flags -match '\bKey\b' })
    [ordered]@{
        namespace = $instance.CimSystemProperties.Namespace
        className = $instance.CimSystemProperties.ClassName
        keys = @($keys | ForEach-Object { $_.Name })
        properties = @(foreach ($property in $properties) {
            $type = [string] $property.CimType
            , @($property.Name, $type, (Write-Value $type $property.Value))
        })
    }
}

function Write-Outputs($result, $declaration) {
    foreach ($output in $result.PSObject.Properties | Where-Object { $null -ne $_.Value }) {
        $type = $declaration.Parameters[$output.Name].CimType
        if ($output.Name -eq 'ReturnValue') { $type = $declaration.ReturnType }
        if ($null -ne $type) {
            , @($output.Name, [string] $type, (Write-Value $type $output.Value))
        }
    }
}

function Write-Failure($record) {
    [ordered]@{
        category = [string] $record.CategoryInfo.Category
        fullyQualifiedErrorId = $record.FullyQualifiedErrorId
        hresult = [string] $record.Exception.HResult
        nativeErrorCode = [string] [int] $record.Exception.NativeErrorCode
        message = $record.Exception.Message
    }
}

function Connect-Computer($request) {
    $options = @{
        ComputerName = Read-Text $request.computerName
        SessionOption = New-CimSessionOption -UseSsl:($request.useSsl)
    }
    if ($null -ne $request.port) { $options.Port = [uint32] (Read-Text $request.port) }
    if ($null -ne $request.user) {
        $password = New-Object Security.SecureString
        foreach ($character in (Read-Text $request.password).ToCharArray()) {
            $password.AppendChar($character)
        }
        $account = (Read-Text $request.user), $password
        $options.Credential = New-Object Management.Automation.PSCredential $account
    }
    $session.CimSession = New-CimSession @options
}

function Invoke-Request($request) {
    $options = @{}
    switch ($request.operation) {
        'connect' { Connect-Computer $request }
        'class' {
            $class = Read-Class $request.target
            , @($class.CimClassMethods | ForEach-Object { $_.Name })
        }
        'get' {
            $options.InputObject = Read-Reference $request.target
            Write-Instance (Get-CimInstance @options @session)
        }
        'query' {
            $options.Namespace = Read-Text $request.target.namespace
            $options.ClassName = Read-Text $request.target.className
            if ($null -ne $request.filter) { $options.Filter = Read-Text $request.filter }
            if ($null -ne $request.properties) {
                $names = $request.properties | ForEach-Object { Read-Text $_ }
                $options.Property = [string[]] @($names)
            }
            $found = Get-CimInstance @options @session
            , @(foreach ($instance in $found) { Write-Instance $instance })
        }
        'associated' {
            $options.InputObject = Read-Reference $request.target
            $options.ResultClassName = Read-Text $request.result
            if ($null -ne $request.association) {
                $options.Association = Read-Text $request.association
            }
            $found = Get-CimAssociatedInstance @options @session
            , @(foreach ($instance in $found) { Write-Instance $instance })
        }
        'invoke' {
            $class = Read-Class $request.target
            $options.MethodName = Read-Text $request.method
            $options.Arguments = Read-Values $request.arguments
            if ($null -eq $request.target.keys) { $options.CimClass = $class }
            else { $options.InputObject = Read-Reference $request.target }
            $result = Invoke-CimMethod @options @session
            , @(Write-Outputs $result $class.CimClassMethods[$options.MethodName])
        }
    }
}

function Send-Answer($answer) {
    $json = ConvertTo-Json -InputObject $answer -Depth 100 -Compress
    [Console]::Out.WriteLine($sentinel + [Convert]::ToBase64String($utf8.GetBytes($json)) + '.')
}

$cim = Get-Command Get-CimInstance -ErrorAction SilentlyContinue
# Only Windows has these.
$groups = try { [Security.Principal.WindowsIdentity]::GetCurrent().Groups } catch { }
$greeting = @{
    version = [string] $PSVersionTable.PSVersion
    hasCim = $null -ne $cim
    groups = @($groups | ForEach-Object { $_.Value } | Where-Object { $_ -like 'S-1-5-32-*' })
}
Send-Answer ([ordered]@{ id = 0; value = $greeting })
while ($null -ne ($line = $In.ReadLine())) {
    $batch = ConvertFrom-Json ($utf8.GetString([Convert]::FromBase64String($line)))
    foreach ($request in $batch.requests) {
        try { $answer = [ordered]@{ id = $request.id; value = Invoke-Request $request } }
        catch { $answer = [ordered]@{ id = $request.id; error = Write-Failure $_ } }
        Send-Answer $answer
    }
}
