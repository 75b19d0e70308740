# What -EncodedCommand gets: reads the real script from standard input and runs it, so that the
# command line stays short. The first line says how many lines the script has; the script follows.
#
# PowerShell itself reads standard input where a command mentions the automatic variable for it, so
# neither script may. Without -NoExit, and with the last line here, it reads no commands from there.
# Application control leaves ConstrainedLanguage, in which nothing of .NET can be called: that is
# told by name before anything here would fail in it.
$mode = $ExecutionContext.SessionState.LanguageMode
if ("$mode" -ne 'FullLanguage') { "LanguageMode=$mode"; exit }
# The console stream of .NET Framework waits for the handle before it reads, for ever where that is
# an overlapped pipe, as Win32-OpenSSH has. A FileStream on the same handle does not; early versions
# of PowerShell read that way themselves. 36 is Instance and NonPublic.
$in = [Console]::OpenStandardInput()
if ($PSEdition -ne 'Core') {
    $in = New-Object IO.FileStream (
        $in.GetType().GetField('_handle', 36).GetValue($in), [IO.FileAccess]::Read, 1)
}
$in = New-Object IO.StreamReader $in
$text = for ($n = [int] $in.ReadLine(); $n -gt 0; $n--) { $in.ReadLine() }
& ([ScriptBlock]::Create($text -join "`n")) $in
exit
